import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MediaType, digestOf, openLayout } from "@seaworthy/oci";
import { serveRegistry } from "@seaworthy/registry";

/** What a release costs beside its stages, and what a plan costs where there are many tags. Each with what it must reach. */
export interface Figure {
  readonly name: string;
  readonly ms: number;
  readonly target: number;
}

const RUNS = 5;
const TAGS = 1_000;

interface Bench {
  readonly bin: string;
  /** An empty folder. */
  readonly top: string;
}

export async function measureReleases({ bin, top }: Bench): Promise<readonly Figure[]> {
  const dir = join(top, "release");
  mkdirSync(dir, { recursive: true });
  const env = { ...process.env, XDG_CACHE_HOME: join(top, "cache") };
  const run: Run = (args) => runCommand([bin, ...args], dir, env);
  const commit = (text: string): void => {
    writeFileSync(join(dir, "app.txt"), text);
    for (const args of [
      ["add", "-A"],
      ["commit", "-q", "-m", text],
    ]) {
      spawnSync("git", ["-C", dir, "-c", "user.name=Bench", "-c", "user.email=bench@example.org", ...args]);
    }
  };
  spawnSync("git", ["-C", dir, "init", "-q", "-b", "main"]);
  writeFileSync(join(dir, ".gitignore"), ".seaworthy/\n");
  writeFileSync(join(dir, "Dockerfile"), 'FROM scratch\nCOPY app.txt /\nUSER 1\nCMD ["/app.txt"]\n');
  writeFileSync(join(dir, "seaworthy.config.ts"), 'export default { image: "bench/app", verify: {} };\n');
  const overheads: number[] = [];
  const repeats: number[] = [];
  for (let at = 0; at <= RUNS; at += 1) {
    commit(`commit ${at}`);
    const { ms, out } = await run(["release", "--progress", "quiet"]);
    const digest = out.trim().split("@")[1];
    const records = JSON.parse((await run(["history", "--json"])).out) as Recorded[];
    const record = records.find(({ reference }) => reference.endsWith(digest ?? "?"));
    const inStages = record?.stages.reduce((sum, stage) => sum + stage.ms, 0) ?? 0;
    if (at > 0) overheads.push(ms - inStages);
    repeats.push((await run(["release", "--progress", "quiet"])).ms);
  }
  return [
    { name: "release beside its stages", ms: median(overheads), target: 300 },
    { name: "release, nothing changed", ms: median(repeats), target: 1_000 },
    { name: `plan, ${TAGS} tags in a registry`, ms: await planOfMany(top, run), target: 2_000 },
  ];
}

interface Recorded {
  readonly reference: string;
  readonly stages: readonly { readonly ms: number }[];
}

interface Timed {
  readonly ms: number;
  readonly out: string;
}

type Run = (args: readonly string[]) => Promise<Timed>;

/** Beside this process, whose registry must go on answering. */
function runCommand(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Timed> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, env, encoding: "utf8" }, (error, out, problem) => {
      if (error === null) resolve({ ms: performance.now() - started, out });
      else reject(new Error(`${args.join(" ")}: ${problem}`, { cause: error }));
    });
  });
}

async function planOfMany(top: string, run: Run): Promise<number> {
  const store = await openLayout(join(top, "many"));
  const repository = store.repository("bench/many");
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MediaType.index, manifests: [] }));
  const target = { mediaType: MediaType.index, digest: digestOf(bytes), size: bytes.length };
  await repository.put(target, [bytes]);
  for (let at = 0; at < TAGS; at += 1) await repository.tag(target, `1.${at % 100}.${at}`);
  const server = await serveRegistry({ store, uploads: join(top, "many-uploads") });
  try {
    const image = `127.0.0.1:${server.port}/bench/many`;
    const times: number[] = [];
    for (let at = 0; at < RUNS; at += 1) {
      times.push((await run(["plan", "--image", image, "--ref", "refs/tags/v1.99.5000"])).ms);
    }
    return median(times);
  } finally {
    await server.close();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
