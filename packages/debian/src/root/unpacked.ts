import type { ControlFiles } from "../deb/read-deb.ts";
import type { LockedNpm, LockedPackage } from "../lock/lock.ts";
import type { Stanza } from "../resolve/deb822.ts";
import type { Content } from "./spool.ts";
import type { Metadata } from "./tree.ts";

/** One path that a package brings into the root; file contents lie in a spool. */
export type UnpackedEntry = Metadata & { readonly path: string } & (
    | { readonly type: "directory" }
    /** A directory that was left out, kept only if something remains below it. */
    | { readonly type: "bare-directory" }
    | { readonly type: "file"; readonly content: Content }
    | { readonly type: "symlink"; readonly target: string }
    | { readonly type: "hardlink"; readonly target: string }
  );

export interface UnpackedDeb {
  readonly locked: LockedPackage;
  readonly control: Stanza;
  /** The control stanza as the package has it. */
  readonly controlText: string;
  readonly files: ControlFiles;
  /** All paths the package ships, those left out of the root too. */
  readonly shipped: readonly string[];
  readonly entries: readonly UnpackedEntry[];
}

export interface UnpackedNpm {
  readonly locked: LockedNpm;
  /** An SPDX expression, as npm asks for. */
  readonly license?: string;
  readonly entries: readonly UnpackedEntry[];
}
