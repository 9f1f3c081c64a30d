import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getuid } from "node:process";
import { type Probe, machineProbe } from "../src/index.ts";

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
