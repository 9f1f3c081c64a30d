import { DEFAULT_MIRRORS } from "../mirrors/mirrors.ts";
import type { RootWriter } from "./writer.ts";

const NSSWITCH = `passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
`;

/**
 * What the maintainer scripts of base-files, libc-bin, tzdata, debianutils, libpam-runtime and apt make when they run
 * for the first time. Each part looks for what its package ships and does nothing without it.
 */
export function writeSystemFiles(root: RootWriter, suite: string, components: readonly string[]): void {
  writeBaseFiles(root);
  root.copy("usr/share/libc-bin/nsswitch.conf", "etc/nsswitch.conf");
  if (!root.has("etc/nsswitch.conf")) root.file("etc/nsswitch.conf", NSSWITCH);
  if (root.has("usr/share/zoneinfo/Etc/UTC")) root.symlink("etc/localtime", "/usr/share/zoneinfo/Etc/UTC");
  writeShells(root);
  writePam(root);
  if (root.has("usr/bin/apt-get"))
    root.file("etc/apt/sources.list.d/debian.sources", aptSources(suite, components));
}

function writeBaseFiles(root: RootWriter): void {
  root.directory("tmp", { mode: 0o1777 });
  root.directory("root", { mode: 0o700 });
  if (!root.has("usr/share/base-files")) return;
  for (const path of ["mnt", "srv", "opt", "etc/opt", "var/opt", "media", "usr/local/bin", "usr/local/lib"]) {
    root.directory(path);
  }
  root.directory("var/mail", { mode: 0o2775, gid: 8 });
  root.directory("run/lock", { mode: 0o1777 });
  root.symlink("var/spool/mail", "../mail");
  root.migrate("var/run", "/run");
  root.migrate("var/lock", "/run/lock");
  if (root.has("etc/dpkg/origins/debian")) root.symlink("etc/dpkg/origins/default", "debian");
  if (!root.has("usr/bin/sh")) return;
  root.copy("usr/share/base-files/profile", "etc/profile");
  root.copy("usr/share/base-files/dot.profile", "root/.profile");
  root.copy("usr/share/base-files/dot.bashrc", "root/.bashrc");
}

/** debianutils: its own list and those that shells add to it. */
function writeShells(root: RootWriter): void {
  const first = root.read("usr/share/debianutils/shells");
  if (first === undefined) return;
  const added = [...root.tree.entries()]
    .map(([path]) => path)
    .filter((path) => path.startsWith("usr/share/debianutils/shells.d/"))
    .sort((a, b) => (a < b ? -1 : 1));
  const shells = added
    .flatMap((path) => root.read(path)?.split("\n") ?? [])
    .filter((line) => line.startsWith("/"));
  root.file("etc/shells", [first.trimEnd(), ...new Set(shells)].join("\n") + "\n");
}

/** The one profile a fresh Debian has, pam_unix, as pam-auth-update puts it into the packaged templates. */
const PAM: Readonly<Record<string, string>> = {
  $auth_primary: "auth\t[success=1 default=ignore]\tpam_unix.so nullok",
  $account_primary: "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so",
  $password_primary: "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt",
  $session_primary: "session\t[default=1]\tpam_permit.so",
  $session_nonint_primary: "session\t[default=1]\tpam_permit.so",
  $session_additional: "session\trequired\tpam_unix.so",
  $session_nonint_additional: "session\trequired\tpam_unix.so",
};

function writePam(root: RootWriter): void {
  for (const part of ["account", "auth", "password", "session", "session-noninteractive"]) {
    const template = root.read(`usr/share/pam/common-${part}`);
    if (template === undefined) continue;
    const filled = template.replaceAll(/^\$\w+$/gm, (name) => PAM[name] ?? "");
    root.file(`etc/pam.d/common-${part}`, filled);
  }
}

/** The published archives, not the mirrors of the machine that builds: an image travels. */
function aptSources(suite: string, components: readonly string[]): string {
  const stanza = (uri: string | undefined, suites: string) =>
    [
      "Types: deb",
      `URIs: ${uri}`,
      `Suites: ${suites}`,
      `Components: ${components.join(" ")}`,
      "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
    ].join("\n");
  return [
    stanza(DEFAULT_MIRRORS.debian[0], `${suite} ${suite}-updates`),
    "",
    stanza(DEFAULT_MIRRORS.debianSecurity[0], `${suite}-security`),
    "",
  ].join("\n");
}
