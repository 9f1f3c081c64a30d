import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Secrets in many tracked files: ours, and gitleaks on the same tree where it is at hand. */
export interface SecretsFigure {
  readonly name: string;
  readonly ms: number;
  readonly target: number;
  readonly theirs?: number;
}

const FILES = 10_000;
/** Odd, so that there is a median. */
const RUNS = 3;

interface Bench {
  readonly bin: string;
  /** An empty folder below /tmp, which is all that gitleaks sees. */
  readonly top: string;
  readonly peers: string | undefined;
}

export function measureSecrets({ bin, top, peers }: Bench): SecretsFigure {
  const tree = join(top, "secrets");
  plant(tree);
  const report = join(top, "gitleaks.json");
  const gitleaks = ["gitleaks", "dir", "--no-banner", "--exit-code", "0", "--report-path", report, tree];
  const times: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
  for (let at = 0; at < RUNS; at += 1) {
    times.ours.push(time([process.execPath, bin, "secrets"], tree));
    if (peers !== undefined) times.theirs.push(time([peers, ...gitleaks], top));
  }
  return {
    name: `secrets, ${FILES} files`,
    ms: median(times.ours),
    target: 10_000,
    ...(peers === undefined ? {} : { theirs: median(times.theirs) }),
  };
}

/** Programs, settings and prose, of the sizes that such files have; the same each time, and without a secret. */
function plant(tree: string): void {
  for (let at = 0; at < FILES; at += 1) {
    const [path, text] = fileOf(at);
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
  ])
    execFileSync("git", ["-C", tree, ...args]);
}

function fileOf(at: number): readonly [path: string, text: string] {
  const folder = `packages/part${at % 89}/src/area${at % 23}`;
  const lines = 10 + ((at * 37) % 110);
  const of = (line: (index: number) => string): string =>
    `${Array.from({ length: lines }, (_, index) => line(index)).join("\n")}\n`;
  switch (at % 5) {
    case 0:
      return [
        `${folder}/settings${at}.json`,
        JSON.stringify(
          Object.fromEntries(Array.from({ length: lines }, (_, index) => [`option${index}`, at + index])),
          null,
          2,
        ),
      ];
    case 1:
      return [
        `${folder}/notes${at}.md`,
        of((index) => `Step ${index} asks for a token and keeps the key of part ${at}.`),
      ];
    default:
      return [
        `${folder}/module${at}.ts`,
        of(
          (index) =>
            `export const value${index} = (key: string) => read(key, { at: ${at}, auth: process.env.AUTH });`,
        ),
      ];
  }
}

function time([file = "", ...args]: readonly string[], cwd: string): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(file, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: exit ${status}\n${stderr}`);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
