import type { RunConfig } from "@seaworthy/oci";
import { lookUpUser } from "@seaworthy/builder";
import type { ProcessSpec } from "@seaworthy/sandbox";
import { ReleaseError } from "../error.ts";

/** Docker's, for images that set none. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
  return {
    args: command,
    env: Object.entries({ PATH, HOME: home, ...pairs(config.Env ?? []), ...env }).map((pair) =>
      pair.join("="),
    ),
    cwd: config.WorkingDir === undefined || config.WorkingDir === "" ? "/" : config.WorkingDir,
    uid,
    gid,
    additionalGids,
  };
}

/** What stands later wins, as it would in a shell. */
function pairs(env: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    env.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}
