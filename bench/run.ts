import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureReleases } from "./releases.ts";
import { measureRetention } from "./retention.ts";
import { measureSecrets } from "./secrets.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

/**
 * Whole commands, in turns, so that a machine whose speed drifts is unfair to both alike: ours and `docker build` with
 * BuildKit, each into its own store. Ours packs and compresses the layers at once, Docker only when they are pushed, so
 * ours does more. Figures are medians; trust the ratio.
 */
const RUNS = 5;
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PEERS = process.env["PEERS"] ?? join(ROOT, "../shared/peers/peers");
const BIN = join(ROOT, "packages/seaworthy/bin/seaworthy.js");

interface Contender {
  readonly name: string;
  readonly command: (dir: string) => readonly string[];
}

const ours: Contender = {
  name: "seaworthy",
  command: (dir) => [process.execPath, BIN, "build", "-q", dir],
};
const docker: Contender = {
  name: "docker build",
  command: (dir) => [PEERS, "docker", "build", "-q", dir],
};

function time({ name, command }: Contender, dir: string, scratch: string): number {
  const [file = "", ...args] = command(dir);
  const started = performance.now();
  const env = { ...process.env, XDG_CACHE_HOME: join(scratch, "cache") };
  const { status, stderr } = spawnSync(file, args, { cwd: scratch, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}: exit ${status}\n${stderr}`);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function measure(scenario: Scenario, contenders: readonly Contender[], top: string): readonly number[] {
  const dir = join(top, scenario.name.replaceAll(/[ ,]+/g, "-"));
  mkdirSync(dir, { recursive: true });
  scenario.prepare(dir);
  const times = contenders.map(() => [] as number[]);
  for (let run = 0; run <= RUNS; run += 1) {
    for (const [at, contender] of contenders.entries()) {
      scenario.touch?.(dir, run * contenders.length + at + 1);
      const ms = time(contender, dir, top);
      if (run > 0) times[at]!.push(ms); // The first fills the caches.
    }
  }
  return times.map(median);
}

const [only] = process.argv.slice(2);
const top = mkdtempSync(join(tmpdir(), "seaworthy-bench-"));

function measureBuilds(): void {
  const contenders = existsSync(PEERS) ? [ours, docker] : [ours];
  if (contenders.length === 1) process.stdout.write("no peers here: ours alone\n");
  for (const scenario of SCENARIOS) {
    const [mine = 0, theirs] = measure(scenario, contenders, top);
    const beside =
      theirs === undefined
        ? ""
        : `  ${docker.name} ${theirs.toFixed(0)} ms  ratio ${(mine / theirs).toFixed(2)}`;
    process.stdout.write(`${scenario.name.padEnd(32)} ${ours.name} ${mine.toFixed(0)} ms${beside}\n`);
  }
}

function measureAllSecrets(): void {
  const peers = existsSync(PEERS) ? PEERS : undefined;
  const { name, ms, target, theirs } = measureSecrets({ bin: BIN, top, peers });
  const beside =
    theirs === undefined ? "" : `  gitleaks ${theirs.toFixed(0)} ms  ratio ${(ms / theirs).toFixed(2)}`;
  process.stdout.write(
    `${name.padEnd(32)} ${ours.name} ${ms.toFixed(0)} ms  at most ${target} ms${beside}\n`,
  );
}

const asked = (part: string): boolean => only === undefined || only === part;

try {
  if (asked("builds")) measureBuilds();
  if (asked("secrets")) measureAllSecrets();
  const figures = [
    ...(asked("retention") ? [measureRetention()] : []),
    ...(asked("releases") ? await measureReleases({ bin: BIN, top }) : []),
  ];
  for (const { name, ms, target } of figures) {
    process.stdout.write(`${name.padEnd(32)} ${ours.name} ${ms.toFixed(0)} ms  at most ${target} ms\n`);
  }
} finally {
  rmSync(top, { recursive: true, force: true });
}
