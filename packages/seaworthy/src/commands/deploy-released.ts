import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import type { Watching } from "./deploy-command.ts";
import { type ReleaseFlags, environmentFor } from "./release.ts";
import type { ToldRelease } from "./told-release.ts";

/** From a release to a healthy deployment, where there is an environment for it. Gives what there is to say about it. */
export async function deployReleased(
  { result, project }: ToldRelease,
  flags: ReleaseFlags,
  { machine, progress, signal }: Watching & { readonly machine: Machine },
): Promise<readonly string[]> {
  if (flags.to !== undefined && result.notPushed !== undefined) {
    throw new CliError(
      "usage",
      `--to ${flags.to}: nothing was published that could be deployed: ${result.notPushed}`,
    );
  }
  if (project === undefined || result.notPushed !== undefined) return [];
  const environment = environmentFor(flags, project, machine);
  if (environment === undefined) return [];
  const started = performance.now();
  // Loaded here: most releases in CI go nowhere.
  const [{ runDeploy }, { deploymentOf }, { deployText }] = await Promise.all([
    import("./deploy.ts"),
    import("./open-deployment.ts"),
    import("../deploy-text.ts"),
  ]);
  const { index, reference, version } = result;
  const name = reference.slice(0, reference.indexOf("@"));
  const opened = await deploymentOf(environment, { machine, project, name, signal });
  const revision = project.source.revision;
  const image = {
    name,
    digest: index.digest,
    version,
    ...(revision === undefined ? {} : { revision: project.source.dirty ? `${revision}-dirty` : revision }),
  };
  const request = { image, by: "deploy" as const, wait: true, noWayBack: false };
  const done = await runDeploy(request, { machine, opened, progress, signal });
  return [deployText(done, opened.environment, performance.now() - started)];
}
