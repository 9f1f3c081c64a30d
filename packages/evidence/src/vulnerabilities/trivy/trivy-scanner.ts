import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ContentStore, copyGraph, openLayout } from "@seaworthy/oci";
import { EvidenceError } from "../../error.ts";
import { refuseStale } from "../cache/age.ts";
import { Foreign } from "../foreign.ts";
import { orBlind } from "../or-blind.ts";
import type { DatabaseFacts, ScanProblem, ScanReport, ScanSubject, Scanner } from "../scanner.ts";
import { sortFindings } from "../sort-findings.ts";
import { type TrivyReport, parseTrivy } from "./parse-trivy.ts";
import { type PinnedBinary, takePinned } from "./pinned-binary.ts";
import { type RunTool, outputOf } from "./run-tool.ts";

export interface TrivyOptions extends PinnedBinary {
  /** What the program must say it is: `0.67.2`. */
  readonly version: string;
  readonly store: ContentStore;
  readonly run: RunTool;
  /** For the layout that is scanned; what is put there is removed. */
  readonly scratch: string;
  /** Trivy's own, where its database is. */
  readonly cacheDir: string;
  /** Asks no network: the database in the cache is used. */
  readonly offline: boolean;
  /** Where the database comes from, in place of Trivy's own list. */
  readonly databases?: readonly string[] | undefined;
  /** Milliseconds since its database was made; Infinity for any. */
  readonly maxAge: number;
  readonly now: () => number;
}

const LARGEST_REPORT = 256 << 20;

/** Trivy as a scanner: a pinned program, run on a layout that holds one platform's image and nothing else. */
export function trivyScanner(options: TrivyOptions): Scanner {
  return {
    name: "trivy",
    async scan(subject, signal) {
      const problems: ScanProblem[] = unreadOf(subject);
      const dir = await mkdtemp(join(options.scratch, "trivy-"));
      try {
        const answer = await orBlind(scanIn(dir, subject, options, signal), "trivy", problems);
        return reportOf(subject, options, answer, problems);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
}

function unreadOf({ inventory }: ScanSubject): ScanProblem[] {
  return inventory.problems.map((message) => ({ kind: "unread", message: `inventory: ${message}` }));
}

interface Answer extends TrivyReport {
  readonly database: DatabaseFacts;
}

async function scanIn(
  dir: string,
  subject: ScanSubject,
  options: TrivyOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const program = join(dir, "trivy");
  await takePinned(options, program);
  const layout = await openLayout(join(dir, "layout"));
  const { manifest } = subject.image;
  const repository = layout.repository("image");
  await copyGraph(manifest, options.store, repository, { signal });
  await repository.tag(manifest, "scanned", signal);
  const report = join(dir, "report.json");
  await call(imageCommand(program, layout.dir, report, options), dir, options.run, signal);
  const { size } = await stat(report).catch((cause: unknown) => {
    throw new EvidenceError("scanner-failed", "it ended well and wrote no report", { cause });
  });
  if (size > LARGEST_REPORT) throw new EvidenceError("scanner-failed", "its report is too large");
  const said = await call(
    [program, ...common(options), "version", "--format", "json"],
    dir,
    options.run,
    signal,
  );
  const database = parseVersion(said, options);
  return { ...parseTrivy(await readFile(report, "utf8"), subject), database };
}

const common = ({ cacheDir }: TrivyOptions): readonly string[] => ["--cache-dir", cacheDir, "--quiet"];

function imageCommand(
  program: string,
  layout: string,
  report: string,
  options: TrivyOptions,
): readonly string[] {
  const { offline, databases = [] } = options;
  return [
    program,
    ...common(options),
    "image",
    "--no-progress",
    `--input=${layout}`,
    "--scanners=vuln",
    "--format=json",
    "--list-all-pkgs",
    `--output=${report}`,
    ...(offline ? ["--offline-scan", "--skip-db-update", "--skip-java-db-update"] : []),
    ...databases.map((address) => `--db-repository=${address}`),
  ];
}

/** @throws EvidenceError `scanner-failed` with the last that it said */
async function call(
  command: readonly string[],
  cwd: string,
  run: RunTool,
  signal: AbortSignal,
): Promise<string> {
  const { code, stdout, complaint } = await outputOf(run, { run: command, cwd, env: {} }, signal);
  if (code === 0) return stdout;
  throw new EvidenceError("scanner-failed", `ended with ${code}: ${complaint || "it said nothing"}`, {
    hint: "load its database where there is a network, or name a mirror: scan.trivy.databases",
  });
}

function parseVersion(said: string, { version, maxAge, now }: TrivyOptions): DatabaseFacts {
  const answer = Foreign.parse(said, { code: "scanner-failed", what: "trivy version" });
  const found = answer.field("Version");
  if (found.text().replace(/^v/, "") !== version.replace(/^v/, "")) throw found.wrong(version);
  const updated = answer.field("VulnerabilityDB").field("UpdatedAt").time();
  refuseStale(
    "its database",
    Date.parse(updated),
    now(),
    maxAge,
    "load a newer one: trivy image --download-db-only",
  );
  return {
    source: "trivy-db",
    version: createHash("sha256").update(`trivy ${version}\n${updated}`).digest("hex"),
    updated,
    ecosystems: [],
  };
}

function reportOf(
  { image }: ScanSubject,
  { version }: TrivyOptions,
  answer: Answer | undefined,
  problems: readonly ScanProblem[],
): ScanReport {
  return {
    digest: image.manifest.digest,
    platform: image.platform,
    scanner: { name: "trivy", version },
    database: answer?.database ?? { source: "trivy-db", version: "", ecosystems: [] },
    findings: sortFindings(answer?.findings ?? []),
    problems: [...problems, ...(answer?.problems ?? [])],
  };
}
