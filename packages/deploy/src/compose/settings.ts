import type { Clock } from "@seaworthy/oci";
import type { RunCommand } from "@seaworthy/release";
import type { HttpCheck } from "../http-check.ts";

/** A project of Docker Compose or Podman compose, as its people have it. Times are milliseconds. */
export interface ComposeSettings {
  /** The folder that `files` and `envFiles` are named from; absolute. */
  readonly root: string;
  /** As the config names it. */
  readonly environment: string;
  /** Compose files, later ones over earlier; none is ever written to. */
  readonly files: readonly string[];
  /** Default: `name` in the files, else the folder of the first. */
  readonly project?: string;
  /** What runs the released image. Default: every service whose image has its name. */
  readonly services?: readonly string[];
  /** The image's name in the files, where it is another than the released one's. */
  readonly image?: string;
  /** Instead of the `.env` beside the first file. */
  readonly envFiles?: readonly string[];
  /** Default `docker`. */
  readonly command?: "docker" | "podman";
  /** Of the engine: `ssh://deploy@example.com`. Default: what the command itself takes. */
  readonly host?: string;
  /** A context of Docker's, or a connection of Podman's. */
  readonly context?: string;
  /** Must pass, asked from here, before and throughout the hold time. */
  readonly checks?: readonly HttpCheck[];
  /** How long everything must stay healthy without a restart. Default 5 seconds. */
  readonly hold?: number;
  /** In what time everything must be healthy. Default 2 minutes. */
  readonly within?: number;
  /** How many versions that ran well are kept, the current one among them. Default 5. */
  readonly keep?: number;
}

export interface ComposeTools {
  readonly run: RunCommand;
  /** A folder for generated files; the command must see it under this name. */
  readonly scratch: string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** Milliseconds after which a lock that nobody renews is nobody's. Default 30 seconds. */
  readonly lease?: number;
}
