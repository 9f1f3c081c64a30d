import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Progress } from "@seaworthy/builder";
import {
  type DeployRequest,
  type DeployResult,
  FailedDeployment,
  deploy,
  recordDeployment,
} from "@seaworthy/deploy";
import { type News, failureOf, notifyAll, strikeOut } from "@seaworthy/release";
import { isAbort } from "../describe-error.ts";
import { notifiersOf, runUrlOf, secretsIn } from "../machine/notifiers.ts";
import type { Machine } from "../machine/machine.ts";
import { decideBy } from "./deploy-policy.ts";
import type { OpenedDeployment } from "./open-deployment.ts";
import { signingOf } from "./release-evidence.ts";

export interface DeployContext {
  readonly machine: Machine;
  readonly opened: OpenedDeployment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Deploys, writes down what came of it, and tells those who want to know. */
export async function runDeploy(
  request: Omit<DeployRequest, "who">,
  { machine, opened, progress, signal }: DeployContext,
): Promise<DeployResult> {
  const { project, repository, environment, settings } = opened;
  const warn = (message: string): void => progress({ type: "warning", message });
  const { policy } = settings;
  const asked = {
    ...request,
    who: machine.env["GITHUB_ACTOR"] ?? machine.env["GITLAB_USER_LOGIN"] ?? machine.user,
  };
  const context = { machine, project, repository, environment: environment.name, warn, signal };
  const tools = {
    repository,
    progress,
    signal,
    ...(policy === undefined ? {} : { decide: decideBy(policy, context) }),
  };
  const told = teller(asked, { machine, opened, progress, signal });
  const begun = told.began();
  try {
    const result = await deploy(asked, environment, tools);
    await begun;
    if (result.changed) await told.ended(result);
    return result;
  } catch (error) {
    await begun;
    if (!isAbort(error) && !signal.aborted) await told.failed(error);
    throw error;
  }
}

interface Teller {
  began(): Promise<void>;
  ended(result: DeployResult): Promise<void>;
  failed(error: unknown): Promise<void>;
}

/** Nothing that goes wrong here fails a deployment, or hides why one has failed. */
function teller(request: DeployRequest, { machine, opened, progress, signal }: DeployContext): Teller {
  const { project, environment, repository } = opened;
  const warn = (message: string): void => progress({ type: "warning", message });
  const { notifiers, warnings } = notifiersOf(machine, project.config.notify);
  for (const warning of warnings) warn(warning);
  const started = performance.now();
  const tell = (news: Pick<News, "outcome"> & Partial<News>): Promise<void> =>
    notifyAll(notifiers, newsOf(request, opened, machine, performance.now() - started, news), {
      signal,
      onProblem: ({ message }) => warn(message),
    });
  const record = async (what: {
    readonly problem?: string;
    readonly replaced?: DeployResult["replaced"];
  }) => {
    const happened = { request, environment, at: `${new Date().toISOString().slice(0, 19)}Z`, ...what };
    try {
      const { attach } = await signingOf(machine, project, request.image.name, { warn, signal });
      await recordDeployment(repository, happened, { attach, signal });
    } catch (error) {
      warn(`not recorded on ${request.image.digest}: ${(error as Error).message}`);
    }
  };
  return {
    began: () => tell({ outcome: "started" }),
    async ended({ replaced }) {
      await record({ replaced });
      await tell({ outcome: "success" });
    },
    async failed(error) {
      const file = keepReport(opened, machine, error);
      if (file !== undefined) warn(`what the services said is in ${file}`);
      if (error instanceof FailedDeployment) await record({ problem: error.message.split("\n")[0]! });
      await tell({ outcome: "failure", failure: failureOf(`deploy to ${environment.name}`, error) });
    },
  };
}

function newsOf(
  { image, by, who }: DeployRequest,
  { environment, settings, project }: OpenedDeployment,
  { env }: Machine,
  ms: number,
  news: Pick<News, "outcome"> & Partial<News>,
): News {
  const { where } = environment.target;
  const url = settings.url ?? (where.startsWith("http") ? where : undefined);
  const runUrl = runUrlOf(env);
  return {
    name: image.name,
    version: image.version,
    reference: `${image.name}@${image.digest}`,
    trigger: { who, what: `${by} to ${environment.name}` },
    ms,
    tags: [],
    environment: { name: environment.name, ...(url === undefined ? {} : { url }) },
    ...(image.revision === undefined || image.revision.endsWith("-dirty")
      ? {}
      : { revision: image.revision }),
    ...(project.source.branch === undefined ? {} : { branch: project.source.branch }),
    ...(runUrl === undefined ? {} : { runUrl }),
    ...news,
  };
}

/** All that is known of a failure, for whoever looks later; no secret of the environment is in it. */
function keepReport(
  { project, environment }: OpenedDeployment,
  { env }: Machine,
  error: unknown,
): string | undefined {
  if (!(error instanceof FailedDeployment)) return undefined;
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const file = join(dirname(project.storeDir), "deployments", `${environment.name}-${time}.log`);
  const said = error.reports.flatMap(({ service, problem, output }) => [
    `== ${service}: ${problem}`,
    ...output,
    "",
  ]);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, strikeOut([error.message, "", ...said].join("\n"), secretsIn(env)), { mode: 0o600 });
  return file;
}
