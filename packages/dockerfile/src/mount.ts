/**
 * The typed options of `RUN --mount`. Values are as written until `expandInstruction` has run:
 * options whose value holds a variable are only checked then.
 */
interface MountBase {
  /** The flag's value as written. */
  readonly raw: string;
}

/** A mount at a directory: relative to the working directory, `.` where no target was written. */
interface MountTarget {
  readonly target: string;
}

interface MountOwner {
  /** Permission bits; the reference's default where absent. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

export interface BindMount extends MountBase, MountTarget {
  readonly type: "bind";
  /** Stage, named context or image; the build context where absent. */
  readonly from?: string | undefined;
  /** Path below the root of `from`; its root where absent. */
  readonly source?: string | undefined;
  /** True unless `rw` was written; what is written is thrown away after the step. */
  readonly readonly: boolean;
}

export interface CacheMount extends MountBase, MountOwner, MountTarget {
  readonly type: "cache";
  /** Defaults to the cleaned target. */
  readonly id: string;
  readonly sharing: "shared" | "private" | "locked";
  readonly from?: string | undefined;
  readonly source?: string | undefined;
  readonly readonly: boolean;
}

export interface TmpfsMount extends MountBase, MountTarget {
  readonly type: "tmpfs";
  /** Limit in bytes; none where absent. */
  readonly size?: number | undefined;
  readonly readonly: boolean;
}

export interface SecretMount extends MountBase, MountOwner {
  readonly type: "secret";
  /** From `id`, else `source`, else the last part of the target. */
  readonly id: string;
  /** Where the file appears; absent where the secret only becomes a variable. */
  readonly target?: string | undefined;
  /** Name of the variable that holds the secret during the step. */
  readonly env?: string | undefined;
  readonly required: boolean;
}

export interface SshMount extends MountBase, MountOwner {
  readonly type: "ssh";
  /** "default" where absent. */
  readonly id: string;
  readonly target?: string | undefined;
  readonly required: boolean;
}

export type Mount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount;
