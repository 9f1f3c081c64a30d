import { describe, expect, it } from "vitest";
import { file, inventoryOf, link } from "../../../test/image.ts";

const stanza = (name: string, version: string, more = "Status: install ok installed\n"): string =>
  `Package: ${name}\nArchitecture: amd64\nVersion: ${version}\n${more}Description: short\n long: not a field\n .\n\n`;
const status = (...stanzas: readonly string[]) => file("var/lib/dpkg/status", stanzas.join(""));
const copyright = (name: string, text: string) => file(`usr/share/doc/${name}/copyright`, text);
const FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";
const DEBIAN = file("etc/os-release", 'ID=debian\nVERSION_ID="13"\n');

describe("Debian packages", () => {
  it("come from dpkg's status, with source, supplier and a URL for release and architecture", async () => {
    const more =
      "Status: install ok installed\nSource: gcc-14 (14.2.0-19)\nMaintainer: GCC <gcc@example.org>\n";
    const { packages } = await inventoryOf([DEBIAN, status(stanza("libstdc++6", "14.2.0-19+b1", more))]);
    expect(packages).toEqual([
      {
        type: "deb",
        name: "libstdc++6",
        version: "14.2.0-19+b1",
        purl: "pkg:deb/debian/libstdc%2B%2B6@14.2.0-19+b1?arch=amd64&distro=debian-13",
        licenses: [],
        hashes: [],
        supplier: "GCC <gcc@example.org>",
        source: { name: "gcc-14", version: "14.2.0-19" },
        locations: [{ path: "var/lib/dpkg/status", layer: 0 }],
        foundBy: "dpkg",
      },
    ]);
  });

  it("come from files in status.d, with or without a status, and not from the sums beside them", async () => {
    const { packages, problems } = await inventoryOf([
      file("var/lib/dpkg/status.d/tzdata", stanza("tzdata", "2026a-1", `SHA256: ${"0f".repeat(32)}\n`)),
      file("var/lib/dpkg/status.d/netbase", stanza("netbase", "6.5")),
      file("var/lib/dpkg/status.d/netbase.md5sums", "d41d8cd98f00b204e9800998ecf8427e  etc/protocols\n"),
    ]);
    expect(packages.map(({ name, source }) => [name, source?.name])).toEqual([
      ["netbase", "netbase"],
      ["tzdata", "tzdata"],
    ]);
    expect(packages.map(({ hashes }) => hashes)).toEqual([
      [],
      [{ algorithm: "SHA-256", value: "0f".repeat(32) }],
    ]);
    expect(problems).toEqual([]);
  });

  it("do not count where only their configuration is left", async () => {
    const states = ["deinstall ok config-files", "purge ok not-installed", "install ok triggers-pending"];
    const all = states.map((state, at) => stanza(`p${at}`, "1", `Status: ${state}\n`));
    const { packages } = await inventoryOf([status(...all)]);
    expect(packages.map(({ name }) => name)).toEqual(["p2"]);
  });

  it("came with the layer that first had them in this version, though each layer writes the database anew", async () => {
    const { packages } = await inventoryOf(
      [status(stanza("old", "1"), stanza("new", "1"), stanza("back", "1"))],
      [status(stanza("old", "1"), stanza("new", "2"))],
      [status(stanza("old", "1"), stanza("new", "2"), stanza("back", "1"))],
    );
    expect(packages.map(({ name, version, locations: [first] }) => [name, version, first?.layer])).toEqual([
      ["back", "1", 2],
      ["new", "2", 1],
      ["old", "1", 0],
    ]);
  });

  it.each([
    ["Expat", "MIT"],
    ["GPL-2+ and LGPL-2.1", "GPL-2.0-or-later AND LGPL-2.1-only"],
    ["GPL-3+ with Bison exception", "GPL-3+ with Bison exception"],
    ["public-domain", "public-domain"],
  ])("have the licence %s of a machine-readable copyright file as %s", async (name, expected) => {
    const text = `${FORMAT}Files: *\nLicense: ${name}\n The text: of it\n\nLicense: ${name}\n Again.\n`;
    const { packages } = await inventoryOf([status(stanza("a", "1")), copyright("a", text)]);
    expect(packages[0]?.licenses).toEqual([expected]);
  });

  it("have no licence where the copyright file is prose", async () => {
    const { packages } = await inventoryOf([
      status(stanza("a", "1")),
      copyright("a", "This is free.\nLicense: GPL\n"),
    ]);
    expect(packages[0]?.licenses).toEqual([]);
  });

  it("have the licences of the package whose documentation theirs is a link to", async () => {
    const { packages } = await inventoryOf([
      status(stanza("lib", "1"), stanza("liblink", "1"), stanza("libfile", "1"), stanza("libnone", "1")),
      copyright("lib", `${FORMAT}License: Zlib\n`),
      link("usr/share/doc/liblink", "lib"),
      link("usr/share/doc/libfile/copyright", "../lib/copyright"),
      link("usr/share/doc/libnone", "../../../../etc"),
    ]);
    expect(packages.map(({ name, licenses }) => [name, ...licenses])).toEqual([
      ["lib", "Zlib"],
      ["libfile", "Zlib"],
      ["liblink", "Zlib"],
      ["libnone"],
    ]);
  });
});

describe("a hostile dpkg database", () => {
  it("is told of, and what can be read of it is", async () => {
    const { packages, problems } = await inventoryOf([
      status(
        "\u0000\u0001 no field\n:\n\n",
        "Version: no-name\n\n",
        "Package: no-version\nStatus: install ok installed\n\n",
        stanza("long", "9".repeat(300)),
        stanza("line\u0007bell", "1"),
        stanza("a b", "1"),
        stanza("twice", "1\nVersion: 2"),
        stanza("good", "1"),
      ),
    ]);
    expect(packages.map(({ name }) => name)).toEqual(["good"]);
    expect(problems).toEqual([
      '/var/lib/dpkg/status: deb package left out: expected a version of "long" of at most 256 characters, found 300',
      '/var/lib/dpkg/status: deb package left out: expected a name, found "line\\u0007bell"',
      '/var/lib/dpkg/status: deb package left out: expected a name, found "a b"',
      '/var/lib/dpkg/status: deb package left out: expected a version of "twice", found "1\\n2"',
      "/var/lib/dpkg/status: 2 entries without name or version",
    ]);
  });

  it("is told of where names are no UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from("Package: a"), Buffer.of(0xff), Buffer.from("\nVersion: 1\n")]);
    const { packages, problems } = await inventoryOf([file("var/lib/dpkg/status.d/a", bytes)]);
    expect(packages).toEqual([]);
    expect(problems).toEqual([
      '/var/lib/dpkg/status.d/a: deb package left out: expected a name, found "a\uFFFD"',
    ]);
  });

  it("is not read beyond its limit", async () => {
    const { problems } = await inventoryOf([
      file("var/lib/dpkg/status.d/a", Buffer.alloc((1 << 20) + 1, "\n")),
    ]);
    expect(problems).toEqual(["/var/lib/dpkg/status.d/a: expected at most 1048576 bytes, found 1048577"]);
  });

  it("does not count where a later layer deletes it", async () => {
    const { packages, problems } = await inventoryOf(
      [file("var/lib/dpkg/status", "Package: broken\n\n"), file("var/lib/dpkg/status.d/a", stanza("a", "1"))],
      [file("var/lib/.wh.dpkg")],
    );
    expect({ packages, problems }).toEqual({ packages: [], problems: [] });
  });
});
