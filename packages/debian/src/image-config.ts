import type { RunConfig } from "@seaworthy/oci";
import type { DebianBase } from "./base.ts";

/** What the base says about running the image. */
export function imageConfigOf({ env, entrypoint, cmd, workdir, runAs }: DebianBase): RunConfig {
  return {
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...(entrypoint !== undefined && { Entrypoint: entrypoint }),
    ...(cmd !== undefined && { Cmd: cmd }),
    ...(workdir !== undefined && { WorkingDir: workdir }),
    ...(runAs !== undefined && { User: runAs }),
  };
}
