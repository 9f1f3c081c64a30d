import {
  chmodSync,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";

/** Copies what is in a directory into another one that is there: files, directories and links, owners and modes. */
export function copyTree(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    const stats = lstatSync(source);
    if (stats.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (stats.isFile()) copyFileSync(source, target);
    else if (stats.isDirectory()) {
      mkdirSync(target);
      copyTree(source, target);
    } else continue;
    lchownSync(target, stats.uid, stats.gid);
    if (!stats.isSymbolicLink()) chmodSync(target, stats.mode & 0o7777);
  }
}
