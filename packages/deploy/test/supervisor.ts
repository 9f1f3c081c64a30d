/** A supervisor as a process of its own: `node supervisor.ts FOLDER SOCKETS STORE CACHE`. */
import { join } from "node:path";
import { openLayout } from "@seaworthy/oci";
import { crunSandbox, findRuntime, machineProbe, openSnapshots } from "@seaworthy/sandbox";
import { localPlace } from "../src/local/place.ts";
import { supervise } from "../src/local/supervisor/index.ts";

const [folder = "", sockets = "", store = "", cache = ""] = process.argv.slice(2);
const snapshots = openSnapshots(join(cache, "snapshots"));
const probe = machineProbe({ path: process.env["PATH"] ?? "", store: join(cache, "snapshots"), uid: 0 });
const sandbox = crunSandbox({ runtime: findRuntime(probe), scratch: join(cache, "run") });
const ended = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => ended.abort());
const tools = {
  layout: await openLayout(store),
  sandbox: () => sandbox,
  snapshots: () => snapshots,
  parallel: 2,
  now: () => Date.now(),
};
await supervise(localPlace(folder, sockets), tools, ended.signal);
snapshots[Symbol.dispose]();
