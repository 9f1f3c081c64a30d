import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { visitLayers } from "@seaworthy/evidence";
import {
  type Baseline,
  type RuleSet,
  type Scanner,
  type SecretScan,
  ownRules,
  parseBaseline,
  parseGitleaksConfig,
  scanConfig,
  scanHistory,
  scanWorktree,
  secretScanner,
  secretVisitor,
} from "@seaworthy/evidence/secrets";
import { digestOf } from "@seaworthy/oci";
import { CliError } from "../error.ts";
import { gitIn } from "../machine/git.ts";
import type { Machine } from "../machine/machine.ts";
import { matcherFor } from "../machine/matching.ts";
import { streamGitIn } from "../machine/stream-git.ts";

export interface SecretsFlags {
  readonly history?: boolean;
  readonly range?: string;
  readonly config?: string;
  readonly baseline?: string;
}

export interface SecretsAnswer {
  readonly scan: SecretScan;
  /** What whoever reads the answer has to know besides. */
  readonly notes: readonly string[];
}

const RULES_FILE = ".gitleaks.toml";
export const BASELINE_FILE = ".seaworthy-secrets.json";

/** Tracked sources, what commits added, or an image: each with the rules and the baseline of this repository. */
export async function runSecrets(
  machine: Machine,
  image: string | undefined,
  flags: SecretsFlags,
  signal: AbortSignal,
  now: Date,
): Promise<SecretsAnswer> {
  const ofHistory = flags.history === true || flags.range !== undefined;
  if (image !== undefined && ofHistory) {
    throw new CliError(
      "usage",
      "secrets: found an image together with --history or --range, expected one of them",
    );
  }
  const top = await topOf(machine);
  const rules = await readRules(machine, top, flags.config);
  const baseline = await readBaseline(machine, top, flags.baseline);
  const scanner = secretScanner({ rules, find: matcherFor(rules), now, baseline });
  const notes: string[] = [...rules.notes];
  if (image !== undefined) await scanImage(scanner, machine, image, signal);
  else if (top === undefined) {
    throw new CliError(
      "usage",
      `${machine.cwd}: found no git repository, expected one, or an image to look at`,
    );
  } else if (ofHistory) {
    if (await isShallow(machine, top)) notes.push(SHALLOW);
    await scanHistory(scanner, flags.range, streamGitIn(top, machine.env), signal);
  } else await scanWorktree(scanner, top, streamGitIn(top, machine.env), signal);
  return { scan: await scanner.result(), notes };
}

const SHALLOW = "this clone is shallow, older commits were not looked at; git fetch --unshallow brings them";

async function scanImage(
  scanner: Scanner,
  machine: Machine,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  const { openImage } = await import("./open-image.ts");
  const { repository, images, notes, close } = await openImage(machine, image, { signal });
  try {
    for (const note of notes) machine.stderr.write(`! ${note}\n`);
    for (const stored of images) {
      await scanConfig(scanner, stored.config);
      await visitLayers(repository, stored, [secretVisitor(scanner)], signal);
    }
  } finally {
    await close();
  }
}

export async function topOf({ cwd, env }: Machine): Promise<string | undefined> {
  const { ok, out } = await gitIn(cwd, env)(["rev-parse", "--show-toplevel"]);
  return ok && out !== "" ? out : undefined;
}

async function isShallow({ env }: Machine, top: string): Promise<boolean> {
  const { out } = await gitIn(top, env)(["rev-parse", "--is-shallow-repository"]);
  return out === "true";
}

/** A scanner with the rules and the baseline of this repository, and a key that changes with either. */
export async function repositoryScanner(
  machine: Machine,
  now: Date,
): Promise<{ readonly open: () => Scanner; readonly rules: string; readonly key: string }> {
  const top = await topOf(machine);
  const [rules, baseline] = await Promise.all([readRules(machine, top), readBaseline(machine, top)]);
  const find = matcherFor(rules);
  const open = (): Scanner => secretScanner({ rules, find, now, baseline });
  return { open, rules: rules.version, key: digestOf(JSON.stringify([rules.version, ...baseline])) };
}

async function readRules({ cwd }: Machine, top = cwd, given?: string): Promise<RuleSet> {
  const text = await readGiven(resolve(cwd, given ?? join(top, RULES_FILE)), given);
  return text === undefined ? ownRules : parseGitleaksConfig(text, given ?? RULES_FILE);
}

async function readBaseline({ cwd }: Machine, top = cwd, given?: string): Promise<Baseline> {
  const text = await readGiven(resolve(cwd, given ?? join(top, BASELINE_FILE)), given);
  return text === undefined ? new Map() : parseBaseline(text, given ?? BASELINE_FILE);
}

/** A file that nobody named may be missing. */
async function readGiven(path: string, given: string | undefined): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" && given === undefined) return undefined;
    throw new CliError("config", `${given ?? path}: ${code === "ENOENT" ? "not there" : message}`, { cause });
  }
}
