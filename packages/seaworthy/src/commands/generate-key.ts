import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { encryptPrivateKey, generateKey, keyPair } from "@seaworthy/evidence";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { newPassword } from "./signing-key.ts";

/** A fresh key pair as cosign writes it: PREFIX.key, encrypted, and PREFIX.pub. Files that are there are left alone. */
export async function runGenerateKey(
  machine: Machine,
  prefix: string,
  signal: AbortSignal,
): Promise<{ readonly publicKey: string; readonly lines: readonly string[] }> {
  const password = await newPassword(machine, `password for ${prefix}.key`, signal);
  const key = await generateKey();
  await place(machine, `${prefix}.key`, await encryptPrivateKey(key, password), 0o600);
  await place(machine, `${prefix}.pub`, keyPair(key).publicKey, 0o644);
  return {
    publicKey: `${prefix}.pub`,
    lines: [
      `${prefix}.key signs; keep it out of the repository, and its password out of the config`,
      `${prefix}.pub verifies; commit it, and name it in the policy`,
    ],
  };
}

async function place({ cwd }: Machine, name: string, text: string, mode: number): Promise<void> {
  await writeFile(resolve(cwd, name), text, { flag: "wx", mode }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EEXIST") throw cause;
    throw new CliError("usage", `${name}: is there already`, { cause, hint: "name another prefix" });
  });
}
