import type { TarEntry } from "@seaworthy/oci";
import type { Visible } from "../image/visible.ts";
import type { LayerFile } from "../image/visitor.ts";
import type { Package } from "./package.ts";

/** A package as a file names it. Its URL may need the distribution, which is known once all layers were read. */
export interface NamedPackage extends Omit<Package, "purl" | "locations" | "foundBy"> {
  /** As its distribution calls it, where packages of several may lie side by side. */
  readonly arch?: string;
  /** Where it lies, if not in the file that names it: `app.jar!/lib/a.jar`. */
  readonly path?: string;
}

/** A package and where it is, the layer that brought it. */
export interface LocatedPackage extends NamedPackage {
  readonly path: string;
  readonly layer: number;
}

/** Tells of what could not be read; what was is kept. A line without the file's name, which is added. */
export type OnProblem = (problem: string) => void;

/** Like `Follower`, with what `read` returns at the end. */
export interface PackageFollower {
  /** False where no more is needed. */
  write(chunk: Uint8Array): boolean;
  end(onProblem: OnProblem): Iterable<NamedPackage>;
}

/**
 * One way in which packages say that they are there. Made anew for each inventory; what files say of packages that
 * other files name (licences, hashes) may be kept until `finish`.
 */
export interface Cataloger {
  /** `foundBy` of its packages. */
  readonly name: string;
  /** Bytes wanted of a file at most, undefined where it says nothing. Asked for every file of every layer: cheap. */
  wants(entry: TarEntry): number | undefined;
  /** What one file names. What is thrown is told as a problem with this file, and the pass goes on. */
  read(file: LayerFile, onProblem: OnProblem): Iterable<NamedPackage> | Promise<Iterable<NamedPackage>>;
  /** For what is too long to hold, and is not wanted: who finds what a file names as it comes by. */
  follow?(entry: TarEntry): PackageFollower | undefined;
  /** The last word, over what visible files named. */
  finish?(packages: readonly LocatedPackage[], image: Visible): readonly LocatedPackage[];
}
