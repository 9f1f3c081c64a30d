import type { ErrorDetails } from "@seaworthy/oci";
import { ReleaseError } from "../error.ts";

/** Why one try did not reach anybody. */
export class Undelivered extends ReleaseError {
  /** Milliseconds that whoever refused wants to be left alone. */
  readonly wait: number | undefined;

  constructor(message: string, details: ErrorDetails, wait?: number) {
    super("notify-failed", message, details);
    this.name = ReleaseError.name;
    this.wait = wait;
  }
}
