import { readFileSync, readdirSync, statSync } from "node:fs";
import { describe } from "vitest";
import { temporaryDirectory, testProbe, whyNoSandbox } from "../../test/machine.ts";
import { makeRootfs } from "../../test/rootfs.ts";
import { type Probe, crunSandbox, findRuntime, openSnapshots } from "../index.ts";
import { type SandboxFixture, sandboxContract } from "../sandbox.contract.ts";
import type { Runtime } from "./find.ts";

const reason = whyNoSandbox();

/** The machine as it would be without the other runtime. */
function only(kind: Runtime["kind"]): Probe {
  const probe = testProbe("/nonexistent");
  const hidden = kind === "crun" ? "runc" : "crun";
  return { ...probe, which: (name) => (name === hidden ? undefined : probe.which(name)) };
}

function mountCount(): number {
  return readFileSync("/proc/self/mountinfo", "utf8").split("\n").length;
}

/** Only runc makes some. */
function controlGroups(): readonly string[] {
  const root = "/sys/fs/cgroup";
  const directories = [root, ...readdirSync(root).map((name) => `${root}/${name}`)];
  return directories
    .filter((path) => statSync(path).isDirectory())
    .flatMap((path) => {
      return readdirSync(path).filter((name) => name.startsWith("seaworthy-run"));
    });
}

function open(runtime: Runtime): SandboxFixture {
  const dir = temporaryDirectory();
  const snapshots = openSnapshots(`${dir.path}/store`);
  const scratch = `${dir.path}/scratch`;
  const base = snapshots.prepare([]);
  makeRootfs(base.root);
  snapshots.commit(base, "base");
  const mounts = mountCount();
  let commits = 0;
  return {
    sandbox: crunSandbox({ runtime, scratch }),
    prepare: () => snapshots.prepare(["base"]),
    commit(draft) {
      commits += 1;
      snapshots.commit(draft, `commit-${commits}`);
      return readdirSync(`${dir.path}/store/snapshots/commit-${commits}/fs`, { recursive: true })
        .map(String)
        .sort();
    },
    directory: dir.path,
    unsupported: runtime.kind === "runc" ? { tmpfsMode: "runc takes the mode of the mount point" } : {},
    leftovers() {
      const runs = readdirSync(scratch).filter((name) => !name.endsWith(".bpf"));
      const groups = controlGroups();
      return mountCount() > mounts ? [...runs, ...groups, "mounts"] : [...runs, ...groups];
    },
    [Symbol.dispose]() {
      snapshots[Symbol.dispose]();
      dir[Symbol.dispose]();
    },
  };
}

for (const kind of ["crun", "runc"] as const) {
  const missing = reason ?? (only(kind).which(kind) === undefined ? `${kind} is not installed` : undefined);
  if (missing !== undefined) console.warn(`tests with ${kind} are skipped: ${missing}`);
  describe.skipIf(missing !== undefined)(`the sandbox made by ${kind}`, () => {
    sandboxContract(() => open(findRuntime(only(kind))));
  });
}
