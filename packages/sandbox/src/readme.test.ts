import { mkdirSync } from "node:fs";
import type { TarItem } from "@seaworthy/oci";
import { expect, it } from "vitest";
import { entry } from "../test/layers.ts";
import { temporaryDirectory, testProbe, whyNoSandbox } from "../test/machine.ts";
import { makeRootfs } from "../test/rootfs.ts";
import { crunSandbox, findRuntime, openSnapshots } from "./index.ts";

const EPOCH = 1_700_000_000;
const { signal } = new AbortController();

/** A layer as it would come from an archive. */
async function* baseLayer(directory: string): AsyncGenerator<TarItem> {
  using made = openSnapshots(directory);
  const draft = made.prepare([]);
  makeRootfs(draft.root);
  made.commit(draft, "root");
  yield entry("srv", "directory");
  yield* made.diff("root", [], EPOCH);
}

it.skipIf(whyNoSandbox() !== undefined)("does what its README shows", async () => {
  using dir = temporaryDirectory();
  const store = `${dir.path}/store`;
  mkdirSync(store);
  const probe = testProbe(store);
  using snapshots = openSnapshots(`${store}/layers`);
  const sandbox = crunSandbox({ runtime: findRuntime(probe), scratch: `${store}/runs` });

  await snapshots.extract(baseLayer(`${dir.path}/source`), "base", signal);
  const draft = snapshots.prepare(["base"]);
  const args = ["sh", "-c", "echo hello > /greeting"];
  const process = { args, env: ["PATH=/bin"], cwd: "/", uid: 0, gid: 0 };
  const running = await sandbox.start(process, draft.root, {}, signal);
  expect(await running.exited).toEqual({ code: 0 });
  snapshots.commit(draft, "greeted");
  const paths: string[] = [];
  for await (const { entry: found } of snapshots.diff("greeted", ["base"], EPOCH)) paths.push(found.path);
  expect(paths).toEqual(["greeting"]);
});
