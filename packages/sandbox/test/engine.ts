/** A process of its own that uses the sandbox, for tests that kill it or start it as another user. */
import { chownSync, readFileSync, readdirSync } from "node:fs";
import { argv, execPath, exit, umask } from "node:process";
import type { TarItem } from "@seaworthy/oci";
import {
  crunSandbox,
  findRuntime,
  forwardPort,
  memoryOf,
  openSnapshots,
  planPrivileges,
  sandboxChecks,
} from "../src/index.ts";
import type { SandboxOptions } from "../src/index.ts";
import { entry, file, layer, read } from "./layers.ts";
import { testProbe } from "./machine.ts";
import { makeRootfs } from "./rootfs.ts";

const never = new AbortController().signal;
const [mode = "", directory = "", seconds = ""] = argv.slice(2);
const print = (value: unknown): void => console.log(JSON.stringify(value));
const probe = testProbe(`${directory}/probe`);
const warnings: string[] = [];
const snapshots = openSnapshots(`${directory}/store`, { warn: (message) => warnings.push(message) });

function makeBase(): void {
  if (snapshots.has("base")) return;
  const base = snapshots.prepare([]);
  makeRootfs(base.root);
  snapshots.commit(base, "base");
}

/** Runs two processes that never end, and tells when they run. */
async function hang(): Promise<void> {
  makeBase();
  const draft = snapshots.prepare(["base"]);
  const sandbox = crunSandbox({ runtime: findRuntime(probe), scratch: `${directory}/scratch` });
  const args = ["sh", "-c", `trap '' TERM INT HUP; sleep ${seconds}5 & echo ready; sleep ${seconds}5; wait`];
  const onOutput = (): void => print("ready");
  const process = { args, env: ["PATH=/usr/bin"], cwd: "/", uid: 0, gid: 0 };
  const { exited } = await sandbox.start(process, draft.root, { onOutput }, never);
  await exited;
}

async function runIn(
  root: string,
  command: string,
  options: SandboxOptions = {},
  groups: readonly number[] = [],
): Promise<unknown> {
  const sandbox = crunSandbox({ runtime: findRuntime(probe), scratch: `${directory}/scratch` });
  let output = "";
  const onOutput = (_: string, chunk: Uint8Array): void => void (output += Buffer.from(chunk).toString());
  const user = { uid: 0, gid: 0, additionalGids: groups };
  const process = { args: ["sh", "-c", command], env: ["PATH=/usr/bin"], cwd: "/", ...user };
  const { exited } = await sandbox.start(process, root, { ...options, onOutput }, never);
  const { code } = await exited;
  return { code, output };
}

async function service(root: string, network: "host" | "none"): Promise<unknown> {
  const sandbox = crunSandbox({ runtime: findRuntime(probe), scratch: `${directory}/scratch` });
  const listening = Promise.withResolvers<number>();
  const script = `require("node:http").createServer((_, response) => response.end("hello"))
    .listen(${network === "none" ? 80 : 0}, "127.0.0.1", function () { console.log(this.address().port) })`;
  const process = { args: ["node", "-e", script], env: ["PATH=/usr/bin"], cwd: "/", uid: 1000, gid: 1000 };
  const mounts = [{ type: "bind", source: execPath, target: "/usr/bin/node", readonly: true }] as const;
  const onOutput = (_: string, chunk: Uint8Array): void => listening.resolve(Number(Buffer.from(chunk)));
  const options = { network, mounts, onOutput };
  const running = await sandbox.start(process, root, options, never);
  const port = await Promise.race([listening.promise, running.exited.then(() => 0)]);
  const forward = await forwardPort(running, port, never);
  const text = await (await fetch(`http://127.0.0.1:${forward.port}/`)).text();
  const memory = memoryOf(running);
  await forward.close();
  await running.kill("SIGKILL");
  return { network, text, memory, ...(await running.exited) };
}

const LAYER: readonly TarItem[] = [
  entry("dev", "directory"),
  entry("dev/null", "char", { devMajor: 1, devMinor: 3 }),
  file("owned", "x", { uid: 1000, gid: 1001, mode: 0o4755 }),
  entry(".wh.opt", "file"),
  entry("root", "directory"),
  entry("root/.wh..wh..opq", "file"),
];

/** The whole path of a build, told as data. */
async function build(): Promise<void> {
  makeBase();
  umask(0o077);
  await snapshots.extract(layer(...LAYER), "layer", never, ["base"]);
  const parents = ["base", "layer"];
  const draft = snapshots.prepare(parents);
  const shown = readdirSync(draft.root);
  const look =
    "id -u; umask; stat -c '%u %g %a' /owned /etc/hosts /root/.cache; grep Seccomp: /proc/self/status";
  const ids = await runIn(draft.root, `${look}; ls /sys`, {
    mounts: [{ type: "tmpfs", target: "/root/.cache/x" }],
  });
  const groups = await runIn(draft.root, "id -G", {}, [5, 2000]);
  const changes =
    "mkdir /new && touch /new/a && chown 5:6 /new/a && rm /etc/group && rm -r /tmp && mkdir /tmp";
  const changed = await runIn(draft.root, changes, { network: "none" });
  const refused = await runIn(draft.root, "mknod /d c 1 3 || mount -t tmpfs none /tmp || unshare -m true");
  const served = [await service(draft.root, "none"), await service(draft.root, "host")];
  chownSync(`${draft.root}/new`, 7, 8);
  snapshots.commit(draft, "run");
  const found = await read(snapshots.diff("run", parents, 1000));
  const unchanged = snapshots.prepare(parents);
  await runIn(unchanged.root, "true", { mounts: [{ type: "tmpfs", target: "/root/.cache/x" }] });
  snapshots.commit(unchanged, "unchanged");
  const nothing = readdirSync(`${directory}/store/snapshots/unchanged/fs`);
  const diff = found.map(({ path, type, uid, gid }) => `${path} ${type} ${uid}:${gid}`);
  snapshots[Symbol.dispose]();
  const left = [...readdirSync(`${directory}/store/tmp`), ...readdirSync(`${directory}/scratch`)];
  const map = readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/);
  print({ map, shown, ids, groups, changed, refused, served, diff, nothing, warnings, left });
}

switch (mode) {
  case "hang":
    await hang();
    break;
  case "build":
    await build();
    break;
  case "plan":
    print(planPrivileges(probe));
    break;
  case "checks":
    print({ checks: sandboxChecks(probe), left: readdirSync(`${directory}/probe`) });
    break;
  default:
    exit(2);
}
