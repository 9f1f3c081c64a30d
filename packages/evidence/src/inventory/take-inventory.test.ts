import { digestOf, memoryStore } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { visitLayers } from "../image/visit-layers.ts";
import { file, imageOf, inventoryOf, link, program } from "../../test/image.ts";
import { beginInventory, takeInventory } from "./take-inventory.ts";

const npm = (folder: string, name: string, version = "1.0.0") =>
  file(`${folder}/node_modules/${name}/package.json`, JSON.stringify({ name, version }));
const apk = (name: string) => file("lib/apk/db/installed", `P:${name}\nV:1\n\n`);

describe("an inventory", () => {
  it("is sorted by URL, the same for the same image, whatever the order of files", async () => {
    const files = [npm("a", "zed"), npm("a", "alpha"), apk("musl"), npm("b", "alpha")];
    const first = await inventoryOf(files);
    const second = await inventoryOf(files.toReversed());
    expect(first.packages.map(({ purl }) => purl)).toEqual([
      "pkg:apk/musl@1",
      "pkg:npm/alpha@1.0.0",
      "pkg:npm/zed@1.0.0",
    ]);
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  });

  it("of an empty image is empty", async () => {
    expect(await inventoryOf([])).toEqual({ packages: [], merged: [], problems: [] });
  });

  it("counts the version that a later layer puts in place", async () => {
    const { packages } = await inventoryOf([npm("a", "x", "1.0.0")], [npm("a", "x", "2.0.0")]);
    expect(packages.map(({ version, locations }) => [version, locations[0]?.layer])).toEqual([["2.0.0", 1]]);
  });

  it("says a file came with the layer from which on it has named the package", async () => {
    const { packages } = await inventoryOf(
      [file("first")],
      [npm("a", "x")],
      [npm("a", "x")],
      [npm("a", "x")],
    );
    expect(packages.map(({ locations }) => locations.map(({ layer }) => layer))).toEqual([[1]]);
  });

  it("is the same from a pass of somebody else's", async () => {
    const store = memoryStore();
    const image = await imageOf(store, [[file("one")], [npm("a", "x")]]);
    const seen: string[] = [];
    const visitor = { wants: ({ path }: { path: string }) => void seen.push(path), visit: () => undefined };
    const taking = beginInventory();
    await visitLayers(store, image, [visitor, ...taking.visitors]);
    expect(taking.conclude()).toEqual(await takeInventory(store, image));
    expect(seen).toEqual(["one", "a/node_modules/x/package.json"]);
  });

  it("ends with its signal", async () => {
    const store = memoryStore();
    const image = await imageOf(store, [[npm("a", "x")]]);
    const signal = AbortSignal.abort();
    await expect(takeInventory(store, image, { signal })).rejects.toMatchObject({ code: "aborted" });
  });

  it("fails where a layer is not what it should be: then nothing in it counts", async () => {
    const store = memoryStore();
    const image = await imageOf(store, [[npm("a", "x")]]);
    const [layer] = image.layers;
    const wrong = { ...image, layers: [{ ...layer!, digest: digestOf("else") }] };
    await expect(takeInventory(store, wrong)).rejects.toMatchObject({ code: "not-found" });
  });

  it("tells of some problems and counts the others", async () => {
    const broken = Array.from({ length: 250 }, (_, at) => file(`node_modules/p${at}/package.json`, "{"));
    const { problems } = await inventoryOf(broken);
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)).toBe("and 50 problems more");
  });

  it("reads no links, folders or devices for files", async () => {
    const entry = (path: string, type: "directory" | "fifo" | "char") => ({
      entry: { ...file(path).entry, type },
      content: [],
    });
    const { packages, problems } = await inventoryOf([
      link("node_modules/a/package.json", "/etc/passwd"),
      link("var/lib/dpkg/status", "status"),
      entry("x.jar", "directory"),
      entry("lib/apk/db/installed", "fifo"),
      entry("app/sbom.json", "char"),
      program("bin/true", Buffer.from("\x7fELF")),
    ]);
    expect({ packages, problems }).toEqual({ packages: [], problems: [] });
  });
});

describe("the distribution", () => {
  it.each<[string, string, object | undefined]>([
    [
      "in quotes",
      'PRETTY_NAME="Debian \\"13\\""\nID=debian\nVERSION_ID=\'13\'\n',
      { id: "debian", version: "13", name: 'Debian "13"' },
    ],
    ["that is rolling", "ID=arch\n", { id: "arch" }],
    ["without a name", "VERSION_ID=1\n", undefined],
    ["with a name that is none", "ID=../../etc\n", undefined],
    ["with a version that is none", 'ID=a\nVERSION_ID="1 2"\nPRETTY_NAME="a\u001b[2J"\n', { id: "a" }],
    ["in no format", "\u0000\u0001=\n====", undefined],
  ])("%s is read for what it is", async (_, text, expected) => {
    expect((await inventoryOf([file("usr/lib/os-release", text)])).distro).toEqual(expected);
  });

  it("is what /etc says, through its link too", async () => {
    const own = [file("usr/lib/os-release", "ID=one\n"), file("etc/os-release", "ID=two\n")];
    expect((await inventoryOf(own)).distro).toEqual({ id: "two" });
    const linked = [file("usr/lib/os-release", "ID=one\n"), link("etc/os-release", "../usr/lib/os-release")];
    expect((await inventoryOf(linked)).distro).toEqual({ id: "one" });
  });
});
