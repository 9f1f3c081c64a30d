import { spawnSync } from "node:child_process";
import { existsSync, lutimesSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { execPath } from "node:process";
import { describe, expect, it } from "vitest";
import { entry, file, layer } from "../../test/layers.ts";
import { temporaryDirectory, whyNoOverlay } from "../../test/machine.ts";
import type { SnapshotsFixture } from "../../test/snapshots-bench.ts";
import { enterMountNamespace, openSnapshots } from "../index.ts";
import { extractContract } from "../extract.contract.ts";
import { snapshotsContract } from "../snapshots.contract.ts";

const never = new AbortController().signal;
const reason = whyNoOverlay();

function open(): SnapshotsFixture {
  const dir = temporaryDirectory();
  const snapshots = openSnapshots(dir.path);
  return {
    snapshots,
    directory: dir.path,
    [Symbol.dispose]: () => {
      snapshots[Symbol.dispose]();
      dir[Symbol.dispose]();
    },
  };
}

/** A file system of its own, mounted where only this process sees it. */
function smallDisk(path: string, size: string): Disposable {
  enterMountNamespace();
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "none", path]);
  expect(stderr.toString()).toBe("");
  expect(status).toBe(0);
  return { [Symbol.dispose]: () => void spawnSync("umount", ["--lazy", path]) };
}

describe.skipIf(reason !== undefined)("overlay snapshots", () => {
  snapshotsContract(open);
  extractContract(open);
});

describe.skipIf(reason !== undefined)("the store of overlay snapshots", () => {
  it("makes nothing before it is used", () => {
    using dir = temporaryDirectory();
    using snapshots = openSnapshots(`${dir.path}/store`);
    expect(snapshots.has("one")).toBe(false);
    expect(existsSync(`${dir.path}/store`)).toBe(false);
  });

  it("is closed to other users", () => {
    using fixture = open();
    fixture.snapshots.commit(fixture.snapshots.prepare([]), "one");
    expect(statSync(`${fixture.directory}/snapshots`).mode & 0o777).toBe(0o700);
    expect(statSync(`${fixture.directory}/tmp`).mode & 0o777).toBe(0o700);
  });

  it("sweeps what a killed process left, and nothing of a living one", async () => {
    using fixture = open();
    const { snapshots, directory } = fixture;
    using draft = snapshots.prepare([]);
    const url = new URL("../index.ts", import.meta.url).href;
    const script = `
      const { openSnapshots } = await import(${JSON.stringify(url)});
      openSnapshots(${JSON.stringify(directory)}).prepare([]);
      process.kill(process.pid, "SIGKILL");
    `;
    const { signal } = spawnSync(execPath, ["--input-type=module", "-e", script]);
    expect(signal).toBe("SIGKILL");
    expect(readdirSync(`${directory}/tmp`)).toHaveLength(2);
    await snapshots.sweep();
    expect(readdirSync(`${directory}/tmp`)).toHaveLength(1);
    writeFileSync(`${draft.root}/a`, "still mounted");
    snapshots.commit(draft, "one");
    expect(snapshots.has("one")).toBe(true);
  });

  it("trusts what was flushed after a restart of the machine, and only that", async () => {
    using fixture = open();
    const { snapshots, directory } = fixture;
    snapshots.commit(snapshots.prepare([]), "flushed");
    snapshots.flush();
    snapshots.commit(snapshots.prepare([]), "lost");
    // What a restart looks like: the kernel calls this boot by another name than the files do.
    for (const id of ["flushed", "lost"])
      writeFileSync(`${directory}/snapshots/${id}/boot`, "an earlier boot");
    expect(snapshots.has("flushed")).toBe(true);
    expect(snapshots.has("lost")).toBe(false);
    await snapshots.sweep();
    expect(readdirSync(`${directory}/snapshots`)).toEqual(["flushed"]);
  });

  it("commits over a snapshot that a power cut has spoilt", () => {
    using fixture = open();
    const { snapshots, directory } = fixture;
    snapshots.commit(snapshots.prepare([]), "one");
    writeFileSync(`${directory}/snapshots/one/boot`, "an earlier boot");
    const draft = snapshots.prepare([]);
    writeFileSync(`${draft.root}/a`, "");
    snapshots.commit(draft, "one");
    using view = snapshots.view(["one"]);
    expect(readdirSync(view.root)).toEqual(["a"]);
  });

  it("refuses a store that was made inside a user namespace", () => {
    using dir = temporaryDirectory();
    writeFileSync(`${dir.path}/overlay-form`, "user");
    using snapshots = openSnapshots(dir.path);
    expect(() => snapshots.prepare([])).toThrow(expect.objectContaining({ code: "overlay" }));
  });

  it("forgets a directory that was copied up for nothing", () => {
    using fixture = open();
    const { snapshots } = fixture;
    const base = snapshots.prepare([]);
    mkdirSync(`${base.root}/a/b`, { recursive: true });
    snapshots.commit(base, "one");
    const draft = snapshots.prepare(["one"]);
    const before = statSync(`${draft.root}/a/b`);
    writeFileSync(`${draft.root}/a/b/mount-point`, "");
    rmSync(`${draft.root}/a/b/mount-point`);
    lutimesSync(`${draft.root}/a/b`, before.atimeMs / 1000, before.mtimeMs / 1000);
    expect(readdirSync(draft.upper)).toEqual(["a"]);
    snapshots.commit(draft, "two");
    expect(readdirSync(`${fixture.directory}/snapshots/two/fs`)).toEqual([]);
  });

  it("keeps a directory whose time or mode was changed", () => {
    using fixture = open();
    const { snapshots } = fixture;
    const base = snapshots.prepare([]);
    for (const name of ["a", "b"]) mkdirSync(`${base.root}/${name}`);
    snapshots.commit(base, "one");
    const draft = snapshots.prepare(["one"]);
    lutimesSync(`${draft.root}/a`, 5, 5);
    snapshots.commit(draft, "two");
    expect(readdirSync(`${fixture.directory}/snapshots/two/fs`)).toEqual(["a"]);
  });

  it("refuses a layer beyond its limits", async () => {
    using dir = temporaryDirectory();
    using snapshots = openSnapshots(dir.path, { limits: { entries: 3, bytes: 10 } });
    const many = layer(...["a", "b", "c", "d"].map((name) => entry(name, "file")));
    await expect(snapshots.extract(many, "many", never)).rejects.toMatchObject({ code: "too-large" });
    const large = layer(file("a", "123456"), file("b", "123456"));
    await expect(snapshots.extract(large, "large", never)).rejects.toMatchObject({ code: "too-large" });
  });

  it("says what it cannot keep of a layer", async () => {
    using dir = temporaryDirectory();
    const warnings: string[] = [];
    using snapshots = openSnapshots(dir.path, { warn: (message) => warnings.push(message) });
    const xattrs = new Map([["user.on-a-link", Buffer.from("x")]]);
    await snapshots.extract(layer(entry("a", "symlink", { linkname: "b", xattrs })), "one", never);
    expect(warnings).toEqual([expect.stringContaining("layer: a: attribute left out")]);
  });

  it("says that the disk is full, and leaves nothing behind", async () => {
    using dir = temporaryDirectory();
    using _ = smallDisk(dir.path, "256k");
    using snapshots = openSnapshots(dir.path);
    const big = { ...entry("a", "file", { size: 2 ** 20 }), content: [Buffer.alloc(2 ** 20)] };
    await expect(snapshots.extract(layer(big), "one", never)).rejects.toMatchObject({
      code: "disk-full",
      hint: expect.stringContaining("free disk space"),
    });
    snapshots[Symbol.dispose]();
    expect(readdirSync(`${dir.path}/snapshots`)).toEqual([]);
    expect(readdirSync(`${dir.path}/tmp`)).toEqual([]);
  });

  it("says where a store cannot be when it lies on an overlay", () => {
    using fixture = open();
    using draft = fixture.snapshots.prepare([]);
    using inner = openSnapshots(`${draft.root}/store`);
    expect(() => inner.prepare([])).toThrow(
      expect.objectContaining({ code: "overlay", hint: expect.stringContaining("not on an overlay") }),
    );
  });

  it("refuses more layers than one mount takes", () => {
    using fixture = open();
    const { snapshots } = fixture;
    snapshots.commit(snapshots.prepare([]), "one");
    const ids = Array.from({ length: 300 }, () => "one");
    expect(() => snapshots.view(ids)).toThrow(expect.objectContaining({ code: "too-many-layers" }));
  });

  it("works in a directory whose name has the separators of mount options", () => {
    using dir = temporaryDirectory();
    using snapshots = openSnapshots(`${dir.path}/a,b:c\\d=e f`);
    const draft = snapshots.prepare([]);
    writeFileSync(`${draft.root}/f`, "");
    snapshots.commit(draft, "one");
    using view = snapshots.view(["one"]);
    expect(readdirSync(view.root)).toEqual(["f"]);
  });
});
