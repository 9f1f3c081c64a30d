import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { resolveInRoot } from "./rooted.ts";

const MAX_BYTES = 8 << 20;

export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly additionalGids: readonly number[];
}

/**
 * `USER` of the Dockerfile reference: `name[:group]` or `uid[:gid]`, looked up in the image's own /etc/passwd and
 * /etc/group without running anything. Undefined for names that are not there.
 */
export function lookUpUser(root: string, user: string): Account | undefined {
  const [name = "", named] = user === "" ? ["0"] : user.split(":");
  const group = named === "" ? undefined : named;
  const passwd = rows(root, "etc/passwd");
  const row = passwd.find(([login, , uid]) => name !== "" && (login === name || uid === name));
  const uid = row === undefined ? numeric(name) : numeric(row[2]);
  if (uid === undefined) return undefined;
  const gid = group === undefined ? (numeric(row?.[3]) ?? 0) : lookUpGroup(root, group);
  if (gid === undefined) return undefined;
  const login = row?.[0];
  const additionalGids =
    group !== undefined || login === undefined
      ? []
      : rows(root, "etc/group")
          .filter(([, , , members = ""]) => members.split(",").includes(login))
          .flatMap(([, , id]) => numeric(id) ?? []);
  return { uid, gid, home: row?.[5] ?? "/", additionalGids };
}

/** `--chown`: a user without a group gives both the same number (Dockerfile reference, COPY --chown). */
export function lookUpOwner(root: string, text: string): { uid: number; gid: number } | undefined {
  const numbers = numericOwner(text);
  if (numbers !== undefined) return numbers;
  const [user = "", group] = text.split(":");
  const account = lookUpUser(root, user);
  const gid = group === undefined ? account?.gid : lookUpGroup(root, group);
  return account === undefined || gid === undefined ? undefined : { uid: account.uid, gid };
}

/** An owner that needs no look-up. */
export function numericOwner(text: string): { uid: number; gid: number } | undefined {
  const [user, group = user] = text.split(":");
  const [uid, gid] = [numeric(user), numeric(group)];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function lookUpGroup(root: string, group: string): number | undefined {
  const row = rows(root, "etc/group").find(([name, , gid]) => name === group || gid === group);
  return row === undefined ? numeric(group) : numeric(row[2]);
}

function numeric(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 ? Number(text) : undefined;
}

function rows(root: string, path: string): string[][] {
  const { absolute, stats } = resolveInRoot(root, path);
  if (stats === undefined || !stats.isFile()) return [];
  const file = openSync(absolute, "r");
  try {
    if (fstatSync(file).size > MAX_BYTES) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } finally {
    closeSync(file);
  }
}
