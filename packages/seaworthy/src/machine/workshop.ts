import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, HOST_BUNDLES, createNativeEngine } from "@seaworthy/builder";
import { type Layout, type Platform, type Repository, hostPlatform } from "@seaworthy/oci";
import {
  type Sandbox,
  type Snapshots,
  canRun,
  crunSandbox,
  findRuntime,
  openSnapshots,
} from "@seaworthy/sandbox";
import type { Machine } from "./machine.ts";
import { probeOf } from "./probe.ts";
import { recordingPull } from "./recording-pull.ts";
import { type Location, openRemote } from "./remote.ts";
import { openScratch } from "./scratch.ts";
import { openStore } from "./store.ts";

/** What commands that build or run images work with. Nothing heavy is opened before it is used. */
export interface Workshop {
  readonly layout: Layout;
  readonly engine: Engine;
  readonly sandbox: () => Sandbox;
  readonly snapshots: () => Snapshots;
  readonly cannotRun: (platform: Platform) => string | undefined;
  readonly remote: (location: Location) => Repository;
  /** What the bases that were pulled stood for: digests by reference, with registry and tag. */
  readonly pulled: ReadonlyMap<string, string>;
  /** Writes what was learnt to disk and removes what a crash left. */
  close(): Promise<void>;
}

export interface WorkshopOptions {
  readonly storeDir: string;
  readonly trust: "host" | "none";
  /** Told of registries that keep somebody waiting. */
  readonly warn?: (message: string) => void;
  readonly signal: AbortSignal;
}

const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

export async function openWorkshop(
  machine: Machine,
  { storeDir, trust, warn, signal }: WorkshopOptions,
): Promise<Workshop> {
  const { cacheDir, env } = machine;
  await mkdir(cacheDir, { recursive: true });
  const probe = probeOf(machine);
  const scratch = openScratch(join(cacheDir, "work"));
  const cannotRun = (platform: Platform): string | undefined => whyNot(machine, platform);
  const layout = await openStore(storeDir);
  const snapshots = lazily(() => openSnapshots(join(cacheDir, "snapshots")));
  const sandbox = lazily(() =>
    crunSandbox({ runtime: findRuntime(probe), scratch: join(scratch.dir, "run") }),
  );
  const remote = openRemote(machine, signal, warn);
  const { pull, pulled } = recordingPull(remote);
  const caBundle = trust === "none" ? undefined : hostBundle(env);
  const engine = createNativeEngine({
    out: layout,
    cacheDir,
    snapshots: snapshots.get,
    sandbox: sandbox.get,
    cannotRun,
    buildPlatform: hostPlatform(),
    pull,
    parallel: machine.processors,
    proxies: proxiesOf(env),
    now: () => BigInt(Date.now()) * 1_000_000n,
    ...(caBundle === undefined ? {} : { caBundle }),
  });
  return {
    layout,
    engine,
    sandbox: sandbox.get,
    snapshots: snapshots.get,
    cannotRun,
    remote,
    pulled,
    async close() {
      scratch[Symbol.dispose]();
      if (!snapshots.opened()) return;
      using open = snapshots.get();
      open.flush();
      await open.sweep();
    },
  };
}

function proxiesOf(env: Machine["env"]): Readonly<Record<string, string>> {
  return Object.fromEntries(PROXIES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** Why programs of a platform cannot run here; undefined where they can. */
export function whyNot(machine: Machine, platform: Platform): string | undefined {
  const answer = canRun(platform, probeOf(machine));
  return answer.ok ? undefined : answer.reason;
}

/** Node's own variable first: whoever set it knows which bundle this machine trusts. */
function hostBundle(env: Machine["env"]): string | undefined {
  return [env["SSL_CERT_FILE"], ...HOST_BUNDLES].find((file) => file !== undefined && existsSync(file));
}

function lazily<T>(make: () => T): { readonly get: () => T; readonly opened: () => boolean } {
  let value: T | undefined;
  return { get: () => (value ??= make()), opened: () => value !== undefined };
}
