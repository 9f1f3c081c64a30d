import { readdirSync, readFileSync } from "node:fs";
import { describe } from "vitest";
import { temporaryDirectory, testProbe, whyNoSandbox } from "../../test/machine.ts";
import { makeRootfs } from "../../test/rootfs.ts";
import { crunSandbox, findRuntime, openSnapshots } from "../index.ts";
import { type SandboxFixture, sandboxContract } from "../sandbox.contract.ts";
import type { Runtime } from "./find.ts";

const reason = whyNoSandbox();

function mountCount(): number {
  return readFileSync("/proc/self/mountinfo", "utf8").split("\n").length;
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
    leftovers() {
      const runs = readdirSync(scratch).filter((name) => !name.endsWith(".bpf"));
      return mountCount() > mounts ? [...runs, "mounts"] : runs;
    },
    [Symbol.dispose]() {
      snapshots[Symbol.dispose]();
      dir[Symbol.dispose]();
    },
  };
}

describe.skipIf(reason !== undefined)("the sandbox made by crun", () => {
  sandboxContract(() => open(findRuntime(testProbe("/nonexistent"))));
});
