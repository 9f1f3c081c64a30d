import type { RunConfig } from "@seaworthy/oci";

export interface HealthCommand {
  readonly args: readonly string[];
  /** Milliseconds for one try. */
  readonly timeout: number;
}

const NANOSECONDS = 1_000_000;
/** Docker's, where the image says nothing. */
const TIMEOUT = 30_000;
const SHELL = ["/bin/sh", "-c"];

/** The HEALTHCHECK of an image as a command; undefined where it has none or says NONE. */
export function healthCommandOf({ Healthcheck, Shell }: RunConfig): HealthCommand | undefined {
  const [kind, ...words] = Healthcheck?.Test ?? [];
  const timeout =
    Healthcheck?.Timeout === undefined || Healthcheck.Timeout === 0
      ? TIMEOUT
      : Healthcheck.Timeout / NANOSECONDS;
  if (words.length === 0) return undefined;
  if (kind === "CMD") return { args: words, timeout };
  if (kind === "CMD-SHELL") return { args: [...(Shell ?? SHELL), words.join(" ")], timeout };
  return undefined;
}
