import type { SandboxMount } from "@seaworthy/sandbox";

/** A mount ready to be made; `key` is its part of the step's cache key. */
export interface PreparedMount {
  readonly key: readonly (string | number | boolean | undefined)[];
  /** A file that is locked while the step runs: what must not be used twice at once. */
  readonly lock?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A secret, to be struck out of what the step prints. */
  readonly hidden?: string;
  attach(place: RunPlace): Promise<SandboxMount | undefined>;
}

/** What one execution of a RUN has to itself. */
export interface RunPlace {
  /** Ends with the step. */
  readonly release: DisposableStack;
  /** A new file outside the image, gone with the step even if this process is killed. */
  readonly temporaryFile: (content: string | Uint8Array, mode: number) => string;
}
