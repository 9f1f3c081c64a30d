import type { AddInstruction, CopyInstruction } from "@seaworthy/dockerfile";
import { failAt } from "../blame.ts";
import { lookUpOwner, numericOwner } from "../files/accounts.ts";
import type { Destination, Owner } from "../files/place.ts";
import { resolveInRoot } from "../files/rooted.ts";
import type { Fail } from "../files/select.ts";
import type { Shop } from "../shop.ts";
import type { Copy } from "./copy-step.ts";

/** `below` is the root of the files the copy lands on; undefined where it must not look at them. */
export function destinationOf(
  {
    instruction,
    heredocs,
    to,
    slash,
    parents,
  }: Pick<Copy, "instruction" | "heredocs" | "to" | "slash" | "parents">,
  sources: number,
  below: string | undefined,
  fail: Fail,
): Destination {
  const plain = to.slice(1);
  const looks = below !== undefined && !instruction.link;
  const found = looks ? resolveInRoot(below, to) : undefined;
  const path = found?.path ?? plain;
  const directory = slash || parents || path === "" || found?.stats?.isDirectory() === true;
  if (!directory && sources + heredocs.length > 1) {
    fail(
      `several files cannot all become ${to}`,
      `end the destination with a slash if a directory is meant: ${to}/`,
    );
  }
  return {
    path,
    directory,
    below: (at) => {
      if (!looks || at === "") return at === "" ? "directory" : undefined;
      const { stats } = resolveInRoot(below, at, { followLast: false });
      return stats === undefined ? undefined : stats.isDirectory() ? "directory" : "other";
    },
  };
}

export function ownerOf(
  shop: Shop,
  { chown, range }: CopyInstruction | AddInstruction,
  below: string | undefined,
): Owner | undefined {
  if (chown === undefined) return undefined;
  const owner = numericOwner(chown) ?? (below === undefined ? undefined : lookUpOwner(below, chown));
  if (owner !== undefined) return owner;
  return failAt(
    shop.file,
    range,
    "user-not-found",
  )(
    `--chown=${chown}: no such user or group in the image's /etc/passwd and /etc/group`,
    "use numbers: --chown=1000:1000",
  );
}
