import { chownSync, readFileSync, statSync } from "node:fs";
import type { RunInstruction, SecretMount } from "@seaworthy/dockerfile";
import { failAt } from "../blame.ts";
import { own } from "../own.ts";
import type { Shop } from "../shop.ts";
import type { PreparedMount } from "./prepared-mount.ts";

/** As much as BuildKit takes. */
const MAX_BYTES = 500 * 1024;

/** The value is in no key: a changed secret is no reason to run again (Dockerfile reference, RUN --mount=type=secret). */
export function prepareSecret(
  shop: Shop,
  mount: SecretMount,
  instruction: RunInstruction,
  targetOf: (target: string) => string,
): PreparedMount {
  const { id, env, mode, uid, gid } = mount;
  const onlyVariable = mount.target === undefined && env !== undefined;
  const target = onlyVariable ? undefined : targetOf(mount.target ?? `/run/secrets/${id}`);
  const key = ["secret", id, target, env, mode, uid, gid];
  const value = readSecret(shop, id, instruction);
  if (value === undefined) {
    if (mount.required) {
      failAt(
        shop.file,
        instruction.range,
        "secret-missing",
      )(
        `secret ${JSON.stringify(id)} is required and was not given`,
        `pass it: --secret id=${id},src=FILE or --secret id=${id},env=NAME`,
      );
    }
    return { key, attach: () => Promise.resolve(undefined) };
  }
  return {
    key,
    hidden: value.toString("utf8"),
    ...(env === undefined ? {} : { env: { [env]: value.toString("utf8") } }),
    attach: ({ temporaryFile }) => {
      if (target === undefined) return Promise.resolve(undefined);
      const source = temporaryFile(value, mode ?? 0o400);
      chownSync(source, uid ?? 0, gid ?? 0);
      return Promise.resolve({ type: "bind", source, target, readonly: true });
    },
  };
}

function readSecret(shop: Shop, id: string, { range }: RunInstruction): Buffer | undefined {
  const source = own(shop.request.secrets, id);
  if (source === undefined) return undefined;
  if ("value" in source) return Buffer.from(source.value);
  const fail = failAt(shop.file, range, "secret-missing");
  try {
    const { size } = statSync(source.file);
    if (size > MAX_BYTES)
      fail(`secret ${JSON.stringify(id)}: ${source.file} is longer than ${MAX_BYTES} bytes`);
    return readFileSync(source.file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== "string" || !/^E[A-Z]+$/.test(code)) throw error;
    return fail(`secret ${JSON.stringify(id)}: cannot read ${source.file} (${code})`);
  }
}
