import { join } from "node:path";
import { type Probe, machineProbe } from "@seaworthy/sandbox";
import type { Machine } from "./machine.ts";

/** How the sandbox looks at this machine. */
export function probeOf({ env, cacheDir, uid }: Machine): Probe {
  return machineProbe({
    path: env["PATH"] ?? "",
    store: join(cacheDir, "snapshots"),
    uid,
  });
}
