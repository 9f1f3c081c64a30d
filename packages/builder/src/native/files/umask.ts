import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * A folder that was made under another umask than 022 (a clone by a cautious user, or on a shared server) has other
 * permission bits than the same clone elsewhere, and git cannot tell. The umask is read off the folder and what lies
 * directly in it; what that umask makes of a new file, a new program and a new directory is taken for 644 and 755. Any
 * other mode was somebody's choice and is kept, and under 022 nothing changes at all.
 */
export function umaskIndependent(
  folder: string,
  hidden: (name: string) => boolean,
): (mode: number) => number {
  let umask: number | undefined;
  return (mode) => {
    umask ??= umaskOf(folder, hidden);
    if (mode === (0o666 & ~umask)) return 0o644;
    if (mode === (0o777 & ~umask)) return 0o755;
    return mode;
  };
}

/** One of 002, 007, 022, 027 and 077: what nothing here grants. */
function umaskOf(folder: string, hidden: (name: string) => boolean): number {
  let granted = modeOf(folder) ?? 0;
  for (const name of readdirSync(folder)) if (!hidden(name)) granted |= modeOf(join(folder, name)) ?? 0;
  const group = (granted & 0o020) !== 0 ? 0 : (granted & 0o040) !== 0 ? 0o020 : 0o070;
  return group | ((granted & 0o004) !== 0 ? 0o002 : 0o007);
}

function modeOf(path: string): number | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined || stats.isSymbolicLink() ? undefined : stats.mode & 0o777;
}
