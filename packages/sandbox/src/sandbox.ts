/** What runs. Shapes follow the OCI runtime spec's `process`. */
export interface ProcessSpec {
  readonly args: readonly string[];
  /** `NAME=value`; nothing is added but what stands here. */
  readonly env: readonly string[];
  /** Absolute; made if it is missing. */
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids?: readonly number[];
}

export type SandboxMount =
  | {
      readonly type: "bind";
      /** Absolute path outside, a file or a directory. */
      readonly source: string;
      readonly target: string;
      readonly readonly: boolean;
    }
  | { readonly type: "tmpfs"; readonly target: string; readonly sizeBytes?: number; readonly mode?: number };

export interface SandboxOptions {
  readonly mounts?: readonly SandboxMount[];
  /** `host`: the machine's network. `none`: a network namespace of its own, with loopback up. Default `host`. */
  readonly network?: "host" | "none";
  readonly readonlyRootfs?: boolean;
  readonly hostname?: string;
  /** Lines for /etc/hosts besides localhost: `["10.0.0.1 name"]`. */
  readonly extraHosts?: readonly string[];
  readonly onOutput?: (stream: "stdout" | "stderr", chunk: Uint8Array) => void;
}

export interface Exit {
  /** The exit code; 128 + n where signal n ended it. */
  readonly code: number;
}

export interface Running {
  /** The first process as the machine sees it (its /proc entry tells memory and namespaces); 0 where it is over already. */
  readonly pid: number;
  /**
   * Settles when the process and all it left behind are gone and every mount and file of the run is removed. As in a
   * shell, 127 means that the command was not found and 126 that it is no program; stderr says which.
   */
  readonly exited: Promise<Exit>;
  /** Signals the first process only, as `docker stop` does. Does nothing once it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Runs a process in a root file system. `rootfs` is a directory the process may write to; nothing else of the machine
 * is visible but the mounts. Aborting kills everything at once, grandchildren too; `exited` still settles, with 137.
 * `start` throws where the container could not be made.
 */
export interface Sandbox {
  start(process: ProcessSpec, rootfs: string, options: SandboxOptions, signal: AbortSignal): Promise<Running>;
}
