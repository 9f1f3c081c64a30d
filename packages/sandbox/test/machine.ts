import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getuid } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Probe, findRuntime, machineProbe } from "../src/index.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function temporaryDirectory(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "seaworthy-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export function testProbe(store: string): Probe {
  return machineProbe({ path: PATH, store, uid: getuid?.() ?? -1 });
}

/** Why overlays cannot be tested on this machine; printed, as a silent skip looks like success. */
export function whyNoOverlay(): string | undefined {
  if (getuid?.() !== 0) return "not root";
  using dir = temporaryDirectory();
  const refusal = testProbe(dir.path).tryOverlay([]);
  if (refusal !== undefined) console.warn(`overlay tests are skipped: ${refusal}`);
  return refusal;
}

export function whyNoSandbox(): string | undefined {
  const overlay = whyNoOverlay();
  if (overlay !== undefined) return overlay;
  try {
    findRuntime(testProbe("/nonexistent"));
    return undefined;
  } catch (error) {
    console.warn(`sandbox tests are skipped: ${String(error)}`);
    return String(error);
  }
}

/** Processes of this machine whose command line has this word. */
export function processesWith(word: string): readonly string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, "latin1").split("\0").includes(word);
    } catch {
      return false;
    }
  });
}

export async function until(what: string, check: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (check()) return;
    await sleep(10);
  }
  throw new Error(`waited too long until ${what}`);
}
