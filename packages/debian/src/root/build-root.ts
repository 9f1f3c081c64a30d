import type { DebianBase } from "../base.ts";
import type { LockedBase } from "../lock/lock.ts";
import { writeAccounts } from "./accounts.ts";
import { writeCaBundle } from "./ca-bundle.ts";
import { writeDpkgRecords } from "./dpkg-records.ts";
import { mergePackages } from "./merge.ts";
import { writeNpmBill } from "./npm-bill.ts";
import { writeSystemFiles } from "./system-files.ts";
import type { RootTree } from "./tree.ts";
import type { UnpackedDeb, UnpackedNpm } from "./unpacked.ts";
import { RootWriter } from "./writer.ts";

/** The whole root: packages merged, then what their scripts would have written. `mtime` in seconds, for the latter. */
export function buildRoot(
  base: DebianBase,
  debs: readonly UnpackedDeb[],
  npm: readonly UnpackedNpm[],
  mtime: number,
): RootTree {
  const root = new RootWriter(mergePackages(debs, npm), mtime);
  const isFull = debs.some(({ locked }) => locked.name === "dpkg");
  writeSystemFiles(root, base.suite, base.components);
  writeAccounts(root, base.user);
  writeCaBundle(root, isFull);
  for (const [path, target] of Object.entries(base.symlinks)) root.symlink(path.slice(1), target);
  writeDpkgRecords(root, debs, isFull);
  writeNpmBill(root, npm);
  return root.tree;
}

/** The time of the newest release file of the lock, in seconds: that of everything no package gives a time for. */
export function stampOf({ releases }: LockedBase): number {
  return Math.max(0, ...releases.map(({ date }) => Math.floor(Date.parse(date) / 1000)));
}
