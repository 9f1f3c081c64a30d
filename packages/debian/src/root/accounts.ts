import type { Account } from "../base.ts";
import type { RootWriter } from "./writer.ts";

interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

const NOLOGIN = "/usr/sbin/nologin";
const MASTERS = "usr/share/base-passwd";

/** For a base without base-passwd: what a process and the files of base-files need, and a user to run as. */
const FEW_USERS: readonly User[] = [
  { name: "root", uid: 0, gid: 0, comment: "root", home: "/root", shell: NOLOGIN },
  { name: "nobody", uid: 65534, gid: 65534, comment: "nobody", home: "/nonexistent", shell: NOLOGIN },
];
const FEW_GROUPS: readonly (readonly [string, number])[] = [
  ["root", 0],
  ["tty", 5],
  ["mail", 8],
  ["staff", 50],
  ["nobody", 65534],
];
const NONROOT: Account = { name: "nonroot", uid: 65532, gid: 65532 };

/**
 * `/etc/passwd`, `/etc/group`, `/etc/shadow` and home directories: Debian's own accounts where base-passwd is in the
 * base, else root, nobody and nonroot (65532); then those of the config.
 */
export function writeAccounts(root: RootWriter, accounts: readonly Account[]): void {
  const users = readUsers(root.read(`${MASTERS}/passwd.master`));
  const groups = readGroups(root.read(`${MASTERS}/group.master`));
  const isFull = users.length > 0;
  const known = isFull || accounts.some(({ name, uid }) => name === NONROOT.name || uid === NONROOT.uid);
  const added = known ? accounts : [NONROOT, ...accounts];
  const allUsers = [...(isFull ? users : FEW_USERS), ...added.map(toUser)];
  const allGroups = [...(isFull ? groups : FEW_GROUPS)];
  for (const { name, gid } of added) if (!allGroups.some(([, id]) => id === gid)) allGroups.push([name, gid]);
  root.file(
    "etc/passwd",
    lines(allUsers, ({ name, uid, gid, comment, home, shell }) => [
      name,
      "x",
      uid,
      gid,
      comment,
      home,
      shell,
    ]),
  );
  root.file(
    "etc/group",
    lines(allGroups, ([name, gid]) => [name, "x", gid, ""]),
  );
  if (isFull) {
    const shadow = { mode: 0o640, gid: allGroups.find(([name]) => name === "shadow")?.[1] ?? 0 };
    root.file(
      "etc/shadow",
      lines(allUsers, ({ name }) => [name, "*", "", "0", "99999", "7", "", "", ""]),
      shadow,
    );
    root.file(
      "etc/gshadow",
      lines(allGroups, ([name]) => [name, "*", "", ""]),
      shadow,
    );
    root.file("etc/subuid", "");
    root.file("etc/subgid", "");
  }
  for (const { home, uid, gid } of added.map(toUser)) {
    if (home !== "/nonexistent" && home !== "/") root.directory(home.slice(1), { uid, gid });
  }
}

function toUser({ name, uid, gid, home = `/home/${name}`, shell = NOLOGIN }: Account): User {
  return { name, uid, gid, comment: name, home, shell };
}

function readUsers(text = ""): readonly User[] {
  return text.split("\n").flatMap((line) => {
    const [name, , uid, gid, comment = "", home = "", shell = ""] = line.split(":");
    if (name === undefined || uid === undefined) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), comment, home, shell }];
  });
}

function readGroups(text = ""): readonly (readonly [string, number])[] {
  return text.split("\n").flatMap((line) => {
    const [name, , gid] = line.split(":");
    return name === undefined || gid === undefined ? [] : [[name, Number(gid)] as const];
  });
}

function lines<T>(items: readonly T[], fields: (item: T) => readonly (string | number)[]): string {
  return items.map((item) => `${fields(item).join(":")}\n`).join("");
}
