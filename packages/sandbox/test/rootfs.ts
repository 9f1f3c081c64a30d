import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { execPath } from "node:process";

const PROGRAMS = [
  ..."cat chmod chown cp env hostname id ln ls mkdir mknod mv pwd readlink rm rmdir sleep stat touch true".split(
    " ",
  ),
  ..."dash grep mount unshare".split(" "),
];

function find(name: string): string {
  const path = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map((dir) => `${dir}/${name}`).find(existsSync);
  if (path === undefined) throw new Error(`the test root needs ${name}`);
  return realpathSync(path);
}

function librariesOf(programs: readonly string[]): ReadonlySet<string> {
  const { stdout } = spawnSync("ldd", programs, { encoding: "utf8" });
  return new Set([...stdout.matchAll(/(?:=> |^\t)(\/\S+) \(0x/gm)].map(([, path]) => path!));
}

/** A small root file system out of this machine's own programs: a shell, a few tools and their libraries. */
export function makeRootfs(root: string): void {
  for (const dir of ["usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc", "tmp", "root", "opt/deep/er"]) {
    mkdirSync(`${root}/${dir}`, { recursive: true });
  }
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    const own = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (own?.isSymbolicLink() === true) symlinkSync(readlinkSync(`/${name}`), `${root}/${name}`);
    else mkdirSync(`${root}/${name}`);
  }
  const programs = PROGRAMS.map(find);
  for (const [index, path] of programs.entries()) copyFileSync(path, `${root}/usr/bin/${PROGRAMS[index]}`);
  symlinkSync("dash", `${root}/usr/bin/sh`);
  // Node itself is large and is mounted where a test needs it.
  for (const path of librariesOf([...programs, execPath])) {
    mkdirSync(`${root}${dirname(path)}`, { recursive: true });
    copyFileSync(path, `${root}${path}`);
  }
  writeFileSync(`${root}/opt/deep/er/file`, "");
  writeFileSync(`${root}/etc/passwd`, "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n");
  writeFileSync(`${root}/etc/group`, "root:x:0:\nuser:x:1000:\nextra:x:2000:user\n");
}
