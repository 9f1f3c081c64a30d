import { dirname, resolve } from "node:path";
import { findConfig } from "../config/find.ts";
import type { Machine } from "../machine/machine.ts";

/** Where the config is, else where the command was given: what messages name files from. */
export function rootOf(
  { cwd }: Pick<Machine, "cwd">,
  configFile: string | undefined,
): { readonly file: string | undefined; readonly root: string } {
  const file = configFile === undefined ? findConfig(cwd) : resolve(cwd, configFile);
  return { file, root: file === undefined ? cwd : dirname(file) };
}
