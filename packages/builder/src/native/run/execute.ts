import { randomUUID } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { SandboxMount, SandboxOptions } from "@seaworthy/sandbox";
import { failAt } from "../blame.ts";
import { type Account, lookUpUser } from "../files/accounts.ts";
import type { Shop } from "../shop.ts";
import { DEFAULT_PATH } from "../state.ts";
import type { RunPlace } from "./prepared-mount.ts";
import { type Redactor, redactorOf } from "./redact.ts";
import { type RunPlan, SCRIPT } from "./plan-run.ts";
import { type Tail, tailOf } from "./tail.ts";

const TAIL_LINES = 20;

/** How a step ended. */
export interface Exit {
  readonly code: number;
  /** Of its output. */
  readonly lastLines: readonly string[];
}

/**
 * Runs the step and, where it succeeds, keeps what it changed as the snapshot `id`. Whatever happens, nothing else is
 * left behind.
 */
export async function execute(shop: Shop, plan: RunPlan, id: string, eventId: string): Promise<Exit> {
  shop.signal.throwIfAborted();
  using release = new DisposableStack();
  const { state } = plan;
  const parents = await shop.layers.materialise(state.layers, shop.signal);
  const draft = release.use(shop.snapshots().prepare(parents));
  const account = accountOf(shop, plan, draft.root);
  const place = placeOf(shop, release);
  const mounts: SandboxMount[] = [...shop.trust().mounts];
  for (const mount of plan.mounts) {
    const attached = await mount.attach(place);
    if (attached !== undefined) mounts.push(attached);
  }
  if (plan.script !== undefined) {
    const source = place.temporaryFile(plan.script, 0o755);
    mounts.push({ type: "bind", source, target: SCRIPT, readonly: true });
  }
  const output = outputOf(shop, plan, eventId);
  const running = await shop.sandbox().start(
    {
      args: plan.args,
      env: environment(shop, plan, account.home),
      cwd: state.config.WorkingDir ?? "/",
      ...account,
    },
    draft.root,
    {
      mounts,
      network: plan.instruction.network === "none" ? "none" : "host",
      onOutput: output.take,
    },
    shop.signal,
  );
  const { code } = await running.exited;
  shop.signal.throwIfAborted();
  output.end();
  if (code === 0) shop.snapshots().commit(draft, id);
  return { code, lastLines: output.tail.lines() };
}

/**
 * Secrets and scripts lie in a directory of the snapshots' own, which is private to this process and swept away after a
 * crash.
 */
function placeOf(shop: Shop, release: DisposableStack): RunPlace {
  let scratch: string | undefined;
  return {
    release,
    temporaryFile(content, mode) {
      scratch ??= release.use(shop.snapshots().prepare([])).root;
      const file = join(scratch, randomUUID());
      writeFileSync(file, content, { mode: 0o600 });
      chmodSync(file, mode);
      return file;
    },
  };
}

function accountOf(shop: Shop, { state, instruction }: RunPlan, root: string): Account {
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
function environment(shop: Shop, { state, mounts }: RunPlan, home: string): string[] {
  const secrets = mounts.flatMap(({ env }) => Object.entries(env ?? {}));
  const env = new Map<string, string>([
    ["PATH", DEFAULT_PATH],
    ["HOME", home],
    ...Object.entries(shop.trust().env),
    ...Object.entries(shop.proxies),
    ...state.variables,
    ...secrets,
  ]);
  return [...env].map(([name, value]) => `${name}=${value}`);
}

interface Output {
  readonly take: NonNullable<SandboxOptions["onOutput"]>;
  readonly tail: Tail;
  end(): void;
}

type Stream = "stdout" | "stderr";

/** Bytes to text, piece by piece: whole characters, without secrets. */
function outputOf(shop: Shop, { mounts }: RunPlan, id: string): Output {
  const secrets = mounts.flatMap(({ hidden }) => hidden ?? []);
  const tail = tailOf(TAIL_LINES);
  const readers: Record<Stream, { readonly decoder: StringDecoder; readonly redactor: Redactor }> = {
    stdout: { decoder: new StringDecoder("utf8"), redactor: redactorOf(secrets) },
    stderr: { decoder: new StringDecoder("utf8"), redactor: redactorOf(secrets) },
  };
  const show = (stream: Stream, text: string): void => {
    if (text === "") return;
    tail.add(Buffer.from(text));
    shop.progress({ type: "output", id, stream, text });
  };
  return {
    tail,
    take: (stream, chunk) => {
      const { decoder, redactor } = readers[stream];
      show(stream, redactor.add(decoder.write(Buffer.from(chunk))));
    },
    end() {
      for (const stream of ["stdout", "stderr"] as const) {
        const { decoder, redactor } = readers[stream];
        show(stream, redactor.add(decoder.end()) + redactor.end());
      }
    },
  };
}
