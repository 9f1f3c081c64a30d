import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { webAddress } from "@seaworthy/release";
import { findConfig } from "../config/find.ts";
import { CliError } from "../error.ts";
import { folderView } from "../init/folder-view.ts";
import { grantsOf } from "../init/github/grants.ts";
import { patchOf } from "../init/patch.ts";
import { placeFile } from "../init/place-file.ts";
import { type Pipeline, type Proposal, type ProposeOptions, propose } from "../init/proposal.ts";
import { realPlace } from "../init/real-place.ts";
import { surveyText } from "../init/survey-text.ts";
import { type GitFacts, surveyRepository } from "../init/survey.ts";
import type { Ask } from "../machine/ask.ts";
import { gitIn } from "../machine/git.ts";
import type { Machine } from "../machine/machine.ts";
import { printable } from "../progress/text.ts";
import { VERSION } from "../version.ts";
import { openProject } from "./context.ts";
import { sourceAt } from "./source-at.ts";

export interface InitFlags {
  /** Replace files that differ without asking. */
  readonly force?: boolean;
  /** Write nothing; print what would be written, as a patch. */
  readonly dryRun?: boolean;
}

/** A proposal beside what is there now. */
interface Change extends Proposal {
  /** Where it really goes, links followed. */
  readonly place: string;
  readonly before: string | undefined;
}

/**
 * Looks at the repository around this folder and writes what it lacks, all said on stdout. Files that differ are
 * replaced only where `ask` says so, or with `force`.
 * @returns paths that differ and were left as they are, because nobody was there to ask
 */
export async function runInit(
  machine: Machine,
  pipelines: readonly Pipeline[],
  { force = false, dryRun = false }: InitFlags,
  ask: Ask | undefined,
): Promise<readonly string[]> {
  const root = rootOf(machine.cwd);
  const view = folderView(root);
  const config = configIn(root);
  const survey = surveyRepository(view, await gitFactsOf(root, machine));
  for (const line of surveyText(survey)) machine.stderr.write(`${line}\n`);
  const proposals = propose(view, survey, {
    pipelines,
    ...(config === undefined ? {} : { config }),
    ...(await wantedBy(config, root, machine)),
    tests: true,
    version: VERSION,
  });
  const changes = proposals.map((proposal) => changeOf(proposal, root));
  if (dryRun) {
    for (const change of changes) machine.stdout.write(shown(change, machine.stdout));
    return [];
  }
  const refused: string[] = [];
  for (const change of changes) {
    const said = await carryOut(change, machine, force, ask);
    machine.stdout.write(`${said.padEnd(9)} ${change.path}\n`);
    if (said === "kept" && ask === undefined) refused.push(change.path);
  }
  return refused;
}

/** Pipelines stand at the root of a repository; without one this folder is all there is. */
function rootOf(cwd: string): string {
  for (let dir = cwd; ; dir = dirname(dir)) {
    if (existsSync(join(dir, ".git"))) return dir;
    if (dirname(dir) === dir) return cwd;
  }
}

/** The config of this very folder. */
function configIn(root: string): string | undefined {
  const file = findConfig(root);
  return file !== undefined && dirname(file) === root ? basename(file) : undefined;
}

async function wantedBy(
  file: string | undefined,
  root: string,
  machine: Machine,
): Promise<Pick<ProposeOptions, "platforms" | "grants" | "environments">> {
  if (file === undefined) return { platforms: [] };
  const { config } = await openProject(machine, join(root, file));
  // A machine of the CI is gone with its job, and what would run on it.
  const environments = Object.entries(config.environments).flatMap(([name, { local }]) =>
    local === undefined ? [name] : [],
  );
  return { platforms: config.platforms ?? [], grants: grantsOf(config), environments };
}

/** Before its first commit a repository has a branch and perhaps a remote, but no source to speak of. */
async function gitFactsOf(root: string, { env }: Machine): Promise<GitFacts> {
  const source = await sourceAt(root, env);
  if (source.revision !== undefined || !existsSync(join(root, ".git"))) return source;
  const git = gitIn(root, env);
  const [remote, head] = await Promise.all([
    git(["remote", "get-url", "origin"]),
    git(["symbolic-ref", "--quiet", "--short", "HEAD"]),
  ]);
  const url = webAddress(remote.ok ? remote.out : undefined);
  return { ...(url === undefined ? {} : { url }), ...(head.ok ? { defaultBranch: head.out } : {}) };
}

const MAX_BYTES = 1 << 20;

/** @throws CliError `config` where a link leads out of the repository, or what is there is no text of a person */
function changeOf(proposal: Proposal, root: string): Change {
  const { path } = proposal;
  const place = realPlace(root, path);
  if (place === undefined) {
    throw new CliError("config", `${path}: a link leads out of the repository or nowhere`, {
      hint: "remove the link, then run this again",
    });
  }
  const found = statSync(place, { throwIfNoEntry: false });
  if (found === undefined) return { ...proposal, place, before: undefined };
  if (!found.isFile() || found.size > MAX_BYTES) {
    throw new CliError("config", `${path}: expected a file of at most ${MAX_BYTES} bytes`);
  }
  return { ...proposal, place, before: readFileSync(place, "utf8") };
}

type Said = "created" | "unchanged" | "replaced" | "kept";

async function carryOut(
  change: Change,
  machine: Machine,
  force: boolean,
  ask: Ask | undefined,
): Promise<Said> {
  const { path, text, place, before } = change;
  if (isSame(change)) return "unchanged";
  if (before !== undefined && !force) {
    machine.stderr.write(shown(change, machine.stderr));
    if (ask === undefined || !(await ask(`replace ${path}?`))) return "kept";
  }
  placeFile(place, text);
  return before === undefined ? "created" : "replaced";
}

/** Git may have checked a file out with the line ends of another system. */
function isSame({ text, before }: Change): boolean {
  return before?.replaceAll("\r\n", "\n") === text;
}

/** The patch; on a terminal without what would move it. */
function shown(change: Change, stream: NodeJS.WriteStream): string {
  if (isSame(change)) return "";
  const patch = patchOf(change.path, change.before, change.text);
  return stream.isTTY ? printable(patch) : patch;
}
