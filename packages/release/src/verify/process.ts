import type { RunConfig } from "@seaworthy/oci";
import { lookUpUser } from "@seaworthy/builder";
import type { ProcessSpec } from "@seaworthy/sandbox";
import { ReleaseError } from "../error.ts";

/** The process a container engine would start: ENTRYPOINT with CMD or with `args` in its place. */
export function processOf(
  config: RunConfig,
  root: string,
  { args, env = {} }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
): ProcessSpec {
  const command = [...(config.Entrypoint ?? []), ...(args ?? config.Cmd ?? [])];
  if (command.length === 0) {
    throw new ReleaseError(
      "verify-failed",
      "image: has neither ENTRYPOINT nor CMD, so nothing can be started",
      {
        hint: "give it a CMD, or tell verify what to run: verify.services[].args",
      },
    );
  }
  const user = lookUpUser(root, config.User ?? "");
  if (user === undefined) {
    throw new ReleaseError(
      "verify-failed",
      `image: USER ${config.User} is not in its /etc/passwd and /etc/group`,
    );
  }
  const { uid, gid, additionalGids, home } = user;
  const named = (config.Env ?? []).some((pair) => pair.startsWith("HOME="));
  const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return {
    args: command,
    env: [...(named ? [] : [`HOME=${home}`]), ...(config.Env ?? []), ...given],
    cwd: config.WorkingDir ?? "/",
    uid,
    gid,
    additionalGids,
  };
}
