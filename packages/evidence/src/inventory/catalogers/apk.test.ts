import { describe, expect, it } from "vitest";
import { file, inventoryOf } from "../../../test/image.ts";

const ALPINE = file("etc/os-release", "ID=alpine\nVERSION_ID=3.22.1\n");
const BUSYBOX = `C:Q1NN3sp0yr99btRysqty3nQUrWHaY=
P:busybox-binsh
V:1.37.0-r18
A:x86_64
S:1548
o:busybox
m:Sören Tempel <soeren+alpine@soeren-tempel.net>
L:GPL-2.0-only
F:bin
R:sh
a:0:0:777
Z:Q1pcfTfDNEbNKQc2s1tia7da05M8Q=
V:9-not-the-version
`;

describe("Alpine packages", () => {
  it.each(["lib/apk/db/installed", "usr/lib/apk/db/installed"])("come from %s", async (path) => {
    const { packages, problems } = await inventoryOf([
      ALPINE,
      file(path, `${BUSYBOX}\n\nP:musl\nV:1.2.5-r10\n\n`),
    ]);
    expect(problems).toEqual([]);
    expect(packages.map(({ name, purl }) => [name, purl])).toEqual([
      ["busybox-binsh", "pkg:apk/alpine/busybox-binsh@1.37.0-r18?arch=x86_64&distro=alpine-3.22.1"],
      ["musl", "pkg:apk/alpine/musl@1.2.5-r10?distro=alpine-3.22.1"],
    ]);
    expect(packages[0]).toMatchObject({
      licenses: ["GPL-2.0-only"],
      supplier: "Sören Tempel <soeren+alpine@soeren-tempel.net>",
      source: { name: "busybox", version: "1.37.0-r18" },
      foundBy: "apk",
    });
  });

  it("are told of where an entry has no name", async () => {
    const { packages, problems } = await inventoryOf([
      file("lib/apk/db/installed", "V:1\n\nP:a\nV:1\n\n\0\0:\n"),
    ]);
    expect(packages.map(({ name }) => name)).toEqual(["a"]);
    expect(problems).toEqual(["/lib/apk/db/installed: 2 entries without name or version"]);
  });
});
