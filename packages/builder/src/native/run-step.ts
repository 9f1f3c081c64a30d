import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type RunInstruction, runProgram } from "@seaworthy/dockerfile";
import { formatPlatform } from "@seaworthy/oci";
import type { SandboxMount } from "@seaworthy/sandbox";
import { BuilderError } from "../error.ts";
import { lookUpUser } from "./accounts.ts";
import { failAt, located } from "./blame.ts";
import { keyOf } from "./key.ts";
import { type Layer, idsOf } from "./layer.ts";
import { mutexes } from "./mutex.ts";
import { type PreparedMount, prepareMount } from "./run-mounts.ts";
import { tailOf } from "./tail.ts";
import type { Shop } from "./shop.ts";
import { DEFAULT_PATH, DEFAULT_SHELL, type StageState, envOf } from "./state.ts";

const TAIL_LINES = 20;
/** Under /dev, which is the container's own tmpfs, so that the script leaves no trace in the layer. */
const SCRIPT = "/dev/.seaworthy/script";

interface Step {
  readonly args: readonly string[];
  readonly script?: string;
  readonly mounts: readonly PreparedMount[];
  readonly env: ReadonlyMap<string, string>;
  readonly key: string;
}

/** The layer a RUN makes, and whether it was made before. */
export async function runLayer(
  shop: Shop,
  state: StageState,
  instruction: RunInstruction,
  eventId: string,
): Promise<{ readonly layer: Layer; readonly cached: boolean }> {
  refuseUnsupported(shop, instruction);
  const step = await plan(shop, state, instruction);
  const { epoch, noCache } = shop.request;
  const layer: Layer = { id: step.key, source: { kind: "snapshot", parents: state.layers, epoch } };
  if (noCache !== true && shop.records.get("run", step.key) !== undefined && shop.snapshots().has(step.key)) {
    return { layer, cached: true };
  }
  const unable = shop.cannotRun(state.platform);
  if (unable !== undefined) {
    failAt(
      shop.file,
      instruction.range,
      "foreign-platform",
    )(
      `RUN needs to execute ${formatPlatform(state.platform)} programs and this machine cannot: ${unable}`,
      "put the step into a stage on --platform=$BUILDPLATFORM and cross-compile, or install qemu-user-static and binfmt-support",
    );
  }
  await shop.once(step.key, () => shop.limit(() => execute(shop, state, instruction, step, eventId)));
  return { layer, cached: false };
}

function refuseUnsupported(shop: Shop, instruction: RunInstruction): void {
  const fail = failAt(shop.file, instruction.range, "unsupported");
  if (instruction.security === "insecure") {
    fail(
      "RUN --security=insecure is not carried out by this engine",
      "leave the flag out, or build with Docker",
    );
  }
}

async function plan(shop: Shop, state: StageState, instruction: RunInstruction): Promise<Step> {
  const program = programOf(state, instruction);
  const mounts = await Promise.all(
    instruction.mounts.map((mount) => prepareMount(shop, state, mount, instruction)),
  );
  const env = new Map([...state.args, ...envOf(state.config)]);
  const key = keyOf({
    op: "run",
    layers: idsOf(state.layers),
    args: program.args,
    script: program.script,
    env: [...env].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, value]),
    cwd: state.config.WorkingDir ?? "/",
    user: state.config.User ?? "",
    mounts: mounts.map((mount) => mount.key),
    network: instruction.network ?? "default",
    platform: formatPlatform(state.platform),
    epoch: shop.request.epoch,
  });
  return { ...program, mounts, env, key };
}

/** Shell form runs in SHELL; a script with a `#!` line of its own is mounted and run as it is. */
function programOf(state: StageState, instruction: RunInstruction): Pick<Step, "args" | "script"> {
  const program = runProgram(instruction);
  switch (program.type) {
    case "exec":
      return { args: program.args };
    case "shell":
      return { args: [...(state.config.Shell ?? DEFAULT_SHELL), program.script] };
    case "file":
      return { args: [SCRIPT], script: program.content };
  }
}

const locks = mutexes();

async function execute(
  shop: Shop,
  state: StageState,
  instruction: RunInstruction,
  step: Step,
  eventId: string,
): Promise<void> {
  const names = [...new Set(step.mounts.flatMap(({ lock }) => lock ?? []))].toSorted();
  const work = (): Promise<void> => executeNow(shop, state, instruction, step, eventId);
  await names.reduceRight<() => Promise<void>>((inner, name) => () => locks(name, inner), work)();
}

async function executeNow(
  shop: Shop,
  state: StageState,
  instruction: RunInstruction,
  step: Step,
  eventId: string,
): Promise<void> {
  using release = new DisposableStack();
  const parents = await shop.layers.materialise(state.layers, shop.signal);
  const scratch = join(shop.dirs.scratch, randomUUID());
  mkdirSync(scratch, { recursive: true, mode: 0o755 });
  release.defer(() => rmSync(scratch, { recursive: true, force: true }));
  const draft = release.use(shop.snapshots().prepare(parents));
  const account = accountOf(shop, state, instruction, draft.root);
  const mounts: SandboxMount[] = [];
  for (const mount of step.mounts) {
    const attached = await mount.attach(release);
    if (attached !== undefined) mounts.push(attached);
  }
  if (step.script !== undefined) {
    const file = join(scratch, "script");
    writeFileSync(file, step.script, { mode: 0o755 });
    mounts.push({ type: "bind", source: file, target: SCRIPT, readonly: true } as const);
  }
  const tail = tailOf(TAIL_LINES);
  const running = await shop.sandbox().start(
    {
      args: step.args,
      env: environment(shop, step, account.home),
      cwd: state.config.WorkingDir ?? "/",
      ...account,
    },
    draft.root,
    {
      mounts: [...shop.trust().mounts, ...mounts],
      network: instruction.network === "none" ? "none" : "host",
      onOutput: (stream, chunk) => {
        tail.add(chunk);
        shop.progress({ type: "output", id: eventId, stream, text: Buffer.from(chunk).toString("utf8") });
      },
    },
    shop.signal,
  );
  const { code } = await running.exited;
  shop.signal.throwIfAborted();
  if (code !== 0) throw failed(shop, instruction, code, tail.lines());
  shop.snapshots().commit(draft, step.key);
  shop.records.put("run", step.key, { done: true });
}

function accountOf(
  shop: Shop,
  state: StageState,
  instruction: RunInstruction,
  root: string,
): { uid: number; gid: number; home: string; additionalGids: readonly number[] } {
  const user = state.config.User ?? "";
  const account = lookUpUser(root, user);
  if (account !== undefined) return account;
  return failAt(
    shop.file,
    instruction.range,
    "user-not-found",
  )(
    `USER ${user}: no such user or group in the image's /etc/passwd and /etc/group`,
    "use numbers: USER 1000:1000",
  );
}

/** The image's own ENV and ARG win over what the machine adds for the step. */
function environment(shop: Shop, step: Step, home: string): string[] {
  const secrets = Object.assign({}, ...step.mounts.map(({ env }) => env ?? {})) as Record<string, string>;
  const env = new Map<string, string>([
    ["PATH", DEFAULT_PATH],
    ["HOME", home],
    ...Object.entries(shop.trust().env),
    ...Object.entries(shop.proxies),
    ...step.env,
    ...Object.entries(secrets),
  ]);
  return [...env].map(([name, value]) => `${name}=${value}`);
}

function failed(
  shop: Shop,
  instruction: RunInstruction,
  code: number,
  lines: readonly string[],
): BuilderError {
  const output =
    lines.length === 0
      ? "it printed nothing"
      : `its last lines:\n${lines.map((line) => `  ${line}`).join("\n")}`;
  return new BuilderError(
    "run-failed",
    `${located(shop.file, instruction.range, `RUN exited ${code}`)}\n${output}`,
    {
      hint: "mend the command; what was built before it is kept and will not run again",
    },
  );
}
