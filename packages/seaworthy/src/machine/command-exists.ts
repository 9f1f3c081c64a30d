import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** Looks a program up on PATH without running it. */
export function commandExists(name: string, env: Readonly<Record<string, string | undefined>>): boolean {
  return (env["PATH"] ?? "").split(":").some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return dir !== "";
    } catch {
      return false;
    }
  });
}
