import type { AddInstruction, CopyInstruction } from "@seaworthy/dockerfile";
import { failAt } from "../blame.ts";
import { lookUpOwner, numericOwner } from "../files/accounts.ts";
import type { Destination, Owner } from "../files/place.ts";
import { type Look, resolvePath } from "../files/rooted.ts";
import type { Fail } from "../files/select.ts";
import type { Shop } from "../shop.ts";
import type { Below } from "./below.ts";
import type { Copy } from "./copy-step.ts";

/** `look` sees the files the copy lands on; undefined where it must not look at them. */
export function destinationOf(
  {
    instruction,
    heredocs,
    to,
    slash,
    parents,
  }: Pick<Copy, "instruction" | "heredocs" | "to" | "slash" | "parents">,
  sources: number,
  look: Look | undefined,
  fail: Fail,
): Destination {
  const seen = instruction.link ? undefined : look;
  const resolved = seen === undefined ? { path: to.slice(1), found: undefined } : resolvePath(seen, to);
  const { path } = resolved;
  const directory = slash || parents || path === "" || resolved.found?.type === "directory";
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
      const found = at === "" ? "directory" : seen?.(at)?.type;
      return found === "symlink" ? "other" : found;
    },
  };
}

export async function ownerOf(
  shop: Shop,
  { chown, range }: CopyInstruction | AddInstruction,
  below: Below | undefined,
): Promise<Owner | undefined> {
  if (chown === undefined) return undefined;
  const owner =
    numericOwner(chown) ?? (below === undefined ? undefined : lookUpOwner(await below.root(), chown));
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
