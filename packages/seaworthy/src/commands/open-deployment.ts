import type { Environment } from "@seaworthy/deploy";
import type { Repository } from "@seaworthy/oci";
import { environmentConfig } from "../config/environment-config.ts";
import { openEnvironment } from "../machine/environment.ts";
import type { ParsedEnvironment } from "../config/environments-schema.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { type Project, openProject } from "./context.ts";
import { existingRepository } from "./destination.ts";
import { givenName, imageName } from "./image-name.ts";

export interface OpenedDeployment {
  readonly project: Project;
  /** Registry and repository of the image. */
  readonly name: string;
  readonly repository: Repository;
  readonly environment: Environment;
  readonly settings: ParsedEnvironment;
}

export interface DeploymentFlags {
  readonly config?: string;
  /** Repository that images come from, in place of the config's. */
  readonly image?: string;
}

/** An environment of the config, and the repository that it gets its images from. */
export async function openDeployment(
  machine: Machine,
  wanted: string | undefined,
  { config, image }: DeploymentFlags,
  signal: AbortSignal,
): Promise<OpenedDeployment> {
  const project = await openProject(machine, config);
  const warn = (message: string): void => void machine.stderr.write(`warning: ${message}\n`);
  const place = { machine, project, name: imageName(project, givenName(image, warn)), signal };
  return deploymentOf(chosen(project, wanted), place);
}

export interface DeploymentPlace {
  readonly machine: Machine;
  readonly project: Project;
  /** Registry and repository of the image. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/** The same of a repository that is open already. */
export async function deploymentOf(
  environment: string,
  { machine, project, name, signal }: DeploymentPlace,
): Promise<OpenedDeployment> {
  const { config, root, storeDir } = project;
  const settings = environmentConfig(config, environment);
  const repository = await existingRepository(machine, project, name, signal);
  const opened = await openEnvironment(environment, { machine, config, root, storeDir, repository });
  return { project, name, repository, settings, environment: opened };
}

/** The only one where nobody says which; else the one that releases go to. */
function chosen({ config: { environments, deploy } }: Project, wanted: string | undefined): string {
  if (wanted !== undefined) return wanted;
  const names = Object.keys(environments);
  const [only] = names.length === 1 ? names : [deploy];
  if (only !== undefined) return only;
  throw new CliError("usage", "expected the name of an environment", {
    hint:
      names.length === 0
        ? "add one to the config: environments: { staging: { … } }"
        : `say one of ${names.join(", ")}`,
  });
}
