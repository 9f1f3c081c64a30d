import { parseReference } from "@seaworthy/oci";
import { deployText } from "../deploy-text.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import type { Project } from "./context.ts";
import { runDeploy } from "./deploy.ts";
import type { Watching } from "./deploy-command.ts";
import { deploymentOf } from "./open-deployment.ts";
import type { ToldRelease } from "./told-release.ts";

export interface ReleaseTarget {
  /** As `--to` says. */
  readonly to: string | undefined;
  /** False with `--no-deploy`. */
  readonly deploy: boolean;
  /** Of one platform: there is no image to deploy yet. */
  readonly partial: boolean;
}

/** From a release to a healthy deployment, where there is an environment for it. Gives what there is to say about it. */
export async function deployReleased(
  { result, project }: ToldRelease,
  { to, deploy, partial }: ReleaseTarget,
  { machine, progress, signal }: Watching & { readonly machine: Machine },
): Promise<readonly string[]> {
  if (to !== undefined && (partial || result.notPushed !== undefined)) {
    const why = partial ? "one platform is no image yet" : result.notPushed;
    throw new CliError("usage", `--to ${to}: nothing was published that could be deployed: ${why}`);
  }
  const environment = to ?? (deploy ? ownEnvironment(project, machine) : undefined);
  if (environment === undefined || project === undefined || partial || result.notPushed !== undefined)
    return [];
  const started = performance.now();
  const { index, reference, version } = result;
  const name = reference.slice(0, reference.indexOf("@"));
  parseReference(name);
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

/** A CI's machine is gone with its job: where its releases go has to be said. */
function ownEnvironment(project: Project | undefined, { env }: Machine): string | undefined {
  const ci = env["CI"] ?? "";
  return ci === "" || ci === "false" ? project?.config.deploy : undefined;
}
