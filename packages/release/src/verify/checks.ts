/** What an image must do before it may be published. Times in milliseconds. */
export interface VerifyConfig {
  readonly services: readonly ServiceCheck[];
  readonly rejects: readonly RejectCheck[];
  /** Images that run as root are refused unless this is set. */
  readonly allowRoot: boolean;
}

/** What a service answers when it is well. */
export interface HttpExpected {
  readonly path: string;
  readonly status: number;
  /** A text that the body contains. */
  readonly body?: string;
}

/** A way to start the image that must come up, answer and stop. */
export interface ServiceCheck {
  readonly name: string;
  /** In place of CMD. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Must answer with `status`. The image's HEALTHCHECK must pass too, if it has one. With neither the process has to stay
   * up for a second, or end with 0.
   */
  readonly http?: HttpExpected & { readonly port: number };
  readonly healthyWithin: number;
  readonly stopsWithin: number;
}

/** A way to start the image that must be refused. */
export interface RejectCheck {
  readonly name: string;
  readonly args: readonly string[];
  readonly exitCode: number;
}

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** Where it failed: found and expected. */
  readonly problem?: string;
  /** Last lines of its output, where it failed. */
  readonly output?: readonly string[];
  /** Until it answered; absent where nothing could be asked. */
  readonly startMs?: number;
  readonly exitCode?: number;
  readonly stopMs?: number;
  /** Highest resident set, bytes. */
  readonly memory?: number;
}

export interface PlatformResult {
  readonly platform: string;
  readonly digest: string;
  /** `not-run`: nothing of it can execute on this machine; `reason` says why. Its config is checked all the same. */
  readonly status: "passed" | "failed" | "not-run";
  readonly reason?: string;
  readonly checks: readonly CheckResult[];
}
