import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type ContentStore, systemClock } from "@seaworthy/oci";
import { registryAgent } from "@seaworthy/oci/remote";
import {
  type ExploitedSource,
  type Scanner,
  folderAdvisories,
  folderExploited,
  knowingExploited,
  osvScanner,
  remoteAdvisories,
  remoteExploited,
  trivyScanner,
} from "@seaworthy/evidence/vulnerabilities";
import type { ScanSettings } from "../config/scan-schema.ts";
import { commandsOf } from "./command.ts";
import type { Machine } from "./machine.ts";

const DAY = 24 * 3_600_000;
/** Since the source was asked. */
const ONLINE_AGE = 7 * DAY;
/** Since the youngest record was changed: of a small ecosystem that can be weeks ago on any day. */
const OFFLINE_AGE = 30 * DAY;

/** The scanner that the config asks for. Nothing is loaded before it scans. */
export async function openScanner(
  machine: Machine,
  root: string,
  settings: ScanSettings,
  store: ContentStore,
): Promise<Scanner> {
  const scanner =
    settings.trivy === undefined
      ? osvScanner(advisoriesOf(machine, root, settings))
      : await trivyOf(machine, root, { ...settings, trivy: settings.trivy }, store);
  if (!settings.failOn.exploited) return scanner;
  return knowingExploited(scanner, exploitedOf(machine, root, settings));
}

const cacheOf = ({ cacheDir }: Machine): string => join(cacheDir, "advisories");

function advisoriesOf(machine: Machine, root: string, { source, offline, maxAge }: ScanSettings) {
  const cacheDir = cacheOf(machine);
  if (offline !== undefined) {
    return folderAdvisories({
      folder: resolve(root, offline),
      cacheDir,
      maxAge: maxAge ?? OFFLINE_AGE,
      now: Date.now,
    });
  }
  const tools = { clock: systemClock, http: registryAgent(machine.env) };
  return remoteAdvisories({
    ...(source === undefined ? {} : { url: source }),
    cacheDir,
    maxAge: maxAge ?? ONLINE_AGE,
    tools,
  });
}

function exploitedOf(machine: Machine, root: string, settings: ScanSettings): ExploitedSource {
  const { offline, exploited: url, maxAge } = settings;
  if (offline !== undefined) {
    return folderExploited(resolve(root, offline), { maxAge: maxAge ?? OFFLINE_AGE, now: Date.now });
  }
  const tools = { clock: systemClock, http: registryAgent(machine.env) };
  const options = { cacheDir: cacheOf(machine), maxAge: maxAge ?? ONLINE_AGE, tools };
  return remoteExploited({ ...(url === undefined ? {} : { url }), ...options });
}

async function trivyOf(
  machine: Machine,
  root: string,
  { trivy, offline, maxAge }: ScanSettings & { readonly trivy: NonNullable<ScanSettings["trivy"]> },
  store: ContentStore,
): Promise<Scanner> {
  const scratch = join(machine.cacheDir, "scan");
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  return trivyScanner({
    ...trivy,
    path: resolve(root, trivy.path),
    store,
    run: commandsOf(machine),
    scratch,
    cacheDir: offline === undefined ? join(machine.cacheDir, "trivy") : resolve(root, offline),
    offline: offline !== undefined,
    maxAge: maxAge ?? ONLINE_AGE,
    now: Date.now,
  });
}
