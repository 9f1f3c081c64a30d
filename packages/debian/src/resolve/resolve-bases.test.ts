import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeArchive, NOW, SIGNED, clearSign, makeSigner } from "../../test/fake-archive.ts";
import type { Signer } from "../../test/fake-archive.ts";
import type { FakePackage } from "../../test/fake-packages.ts";
import { HttpArchive, debian, npmFiles, resolveBases } from "../index.ts";
import type { BasesLock, DebianBase, DebianEvent, DebianOptions, Mirrors } from "../index.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };
const INRELEASE = "/debian/dists/trixie/InRelease";

let signer: Signer;
let stranger: Signer;
let archive: FakeArchive;
let events: DebianEvent[];

beforeAll(async () => {
  [signer, stranger] = await Promise.all([makeSigner(), makeSigner()]);
});
beforeEach(async () => {
  archive = await new FakeArchive().start();
  events = [];
});
afterEach(() => archive.stop());

async function resolve(
  options: Partial<DebianOptions> = {},
  {
    mirrors = archive.mirrors,
    previous,
    platforms = [AMD64],
  }: {
    readonly mirrors?: Mirrors;
    readonly previous?: BasesLock;
    readonly platforms?: readonly (typeof AMD64)[];
  } = {},
): Promise<BasesLock> {
  const base: DebianBase = debian({ suite: "trixie", packages: ["app"], ...options });
  const http = new HttpArchive(mirrors, { pauseMs: 1, events: (event) => events.push(event) });
  try {
    const more = { now: NOW, keyring: signer.keyring, ...(previous !== undefined && { previous }) };
    return await resolveBases(
      { base },
      platforms,
      http,
      new AbortController().signal,
      (event) => events.push(event),
      more,
    );
  } finally {
    await http.close();
  }
}

async function names(
  packages: readonly FakePackage[],
  options: Partial<DebianOptions> = {},
): Promise<readonly string[]> {
  await archive.publish(signer, { packages });
  const lock = await resolve(options);
  return lock.bases["base"]!["linux/amd64"]!.packages.map(({ name, version }) => `${name} ${version}`);
}

function pkg(name: string, fields: Record<string, string> = {}, version = "1.0-1"): FakePackage {
  return { name, version, fields };
}

describe("what a base is made of", () => {
  it("adds Depends and Pre-Depends, and theirs, sorted by name", async () => {
    const found = await names([
      pkg("app", { Depends: "lib-b (>= 1), lib-c", "Pre-Depends": "lib-a" }),
      pkg("lib-c", { Depends: "lib-d" }),
      ...["lib-a", "lib-b", "lib-d", "unrelated"].map((name) => pkg(name)),
    ]);
    expect(found).toEqual(["app 1.0-1", "lib-a 1.0-1", "lib-b 1.0-1", "lib-c 1.0-1", "lib-d 1.0-1"]);
  });

  it("does not add essential packages by itself", async () => {
    expect(await names([pkg("app"), pkg("bash", { Essential: "yes" })])).toEqual(["app 1.0-1"]);
  });

  it("takes the first alternative that there is", async () => {
    const found = await names([pkg("app", { Depends: "gone | lib-b | lib-c" }), pkg("lib-b"), pkg("lib-c")]);
    expect(found).toEqual(["app 1.0-1", "lib-b 1.0-1"]);
  });

  it("adds nothing where a package asked for fulfils an alternative", async () => {
    const packages = [pkg("app", { Depends: "lib-b | lib-c" }), pkg("lib-b"), pkg("lib-c")];
    expect(await names(packages, { packages: ["app", "lib-c"] })).toEqual(["app 1.0-1", "lib-c 1.0-1"]);
  });

  it("fulfils virtual packages by the most important provider", async () => {
    const found = await names([
      pkg("app", { Depends: "awk" }),
      pkg("gawk", { Provides: "awk", Priority: "optional" }),
      pkg("mawk", { Provides: "awk", Priority: "required" }),
    ]);
    expect(found).toEqual(["app 1.0-1", "mawk 1.0-1"]);
  });

  it("fulfils a versioned dependency by a versioned provision alone", async () => {
    const found = await names([
      pkg("app", { Depends: "libssl (>= 3)" }),
      pkg("a-plain", { Provides: "libssl" }),
      pkg("b-old", { Provides: "libssl (= 1.1)" }),
      pkg("c-new", { Provides: "libssl (= 3.5)" }),
    ]);
    expect(found).toEqual(["app 1.0-1", "c-new 1.0-1"]);
  });

  it("reads architecture qualifiers and lists", async () => {
    const found = await names([
      pkg("app", { Depends: "python3:any (>= 1), only-arm [arm64], not-arm [!arm64]" }),
      pkg("python3"),
      pkg("only-arm"),
      pkg("not-arm"),
    ]);
    expect(found).toEqual(["app 1.0-1", "not-arm 1.0-1", "python3 1.0-1"]);
  });

  it("goes back to an older version where a later dependency needs it", async () => {
    const found = await names([
      pkg("app", { Depends: "lib, helper" }),
      pkg("lib", {}, "2.0"),
      pkg("lib", {}, "1.5"),
      pkg("helper", { Depends: "lib (<< 2)" }),
    ]);
    expect(found).toEqual(["app 1.0-1", "helper 1.0-1", "lib 1.5"]);
  });

  it("leaves out what omit names, real or virtual", async () => {
    const packages = [
      pkg("app", { Depends: "debconf | debconf-2.0, awk" }),
      pkg("debconf"),
      pkg("mawk", { Provides: "awk" }),
    ];
    expect(await names(packages, { omit: ["debconf", "awk"] })).toEqual(["app 1.0-1"]);
  });

  it("prefers the newest version across suites and notes the archive it comes from", async () => {
    await archive.publish(
      signer,
      { packages: [pkg("app", { Depends: "lib" }, "1.0-1"), pkg("lib", {}, "2.0-9")] },
      { security: { packages: [pkg("app", { Depends: "lib" }, "1.0-1+deb13u1"), pkg("lib", {}, "2.0-1")] } },
    );
    const { packages, releases } = (await resolve()).bases["base"]!["linux/amd64"]!;
    expect(packages.map(({ name, version, archive: from }) => [name, version, from])).toEqual([
      ["app", "1.0-1+deb13u1", "debian-security"],
      ["lib", "2.0-9", "debian"],
    ]);
    expect(releases.map(({ suite, date }) => [suite, date])).toEqual(
      ["trixie", "trixie-updates", "trixie-security"].map((suite) => [suite, "2026-11-21T09:15:44.000Z"]),
    );
  });

  it("resolves each platform from its own index and takes npm packages by platform", async () => {
    await archive.publish(signer, { packages: [pkg("app")] });
    await archive.publishNpm("node-x", "24.0.0", { "bin/node": "x" });
    await archive.publishNpm("@scope/node-arm", "24.0.0", { "bin/node": "arm" });
    const npm = [
      npmFiles({ amd64: "node-x", arm64: "@scope/node-arm" }, "24.0.0", { "bin/node": "/bin/node" }),
    ];
    const { base } = (await resolve({ npm }, { platforms: [AMD64, ARM64] })).bases;
    expect(
      Object.entries(base!).map(
        ([
          platform,
          {
            packages,
            npm: [source],
          },
        ]) => [platform, packages[0]!.arch, source!.path],
      ),
    ).toEqual([
      ["linux/amd64", "amd64", "node-x/-/node-x-24.0.0.tgz"],
      ["linux/arm64", "arm64", "@scope/node-arm/-/node-arm-24.0.0.tgz"],
    ]);
  });

  it("keeps the names of mirrors out of the lock", async () => {
    await archive.publish(signer, { packages: [pkg("app")] });
    await archive.publishNpm("tool", "1.0.0", { "tool.js": "" });
    const lock = await resolve({ npm: [npmFiles("tool", "1.0.0", { ".": "/opt/tool" })] });
    expect(JSON.stringify(lock)).not.toContain("127.0.0.1");
  });
});

describe("what cannot be resolved", () => {
  it("suggests the nearest name for a package that is not there", async () => {
    await expect(
      names([pkg("app"), pkg("ca-certificates")], { packages: ["ca-certifcates"] }),
    ).rejects.toMatchObject({
      code: "package-not-found",
      hint: 'did you mean "ca-certificates"?',
    });
  });

  it("names the package, what it needs and what there is", async () => {
    await expect(names([pkg("app", { Depends: "lib (>= 2)" }), pkg("lib")])).rejects.toMatchObject({
      code: "unsatisfiable",
      message: "trixie amd64: app 1.0-1 depends on lib (>= 2), found lib: 1.0-1",
    });
  });

  it("refuses two versions of one package", async () => {
    const packages = [
      pkg("app", { Depends: "a, b" }),
      pkg("a", { Depends: "lib (>= 2)" }),
      pkg("b", { Depends: "lib (<< 2)" }),
      pkg("lib", {}, "1"),
      pkg("lib", {}, "3"),
    ];
    await expect(names(packages)).rejects.toMatchObject({
      code: "unsatisfiable",
      message: expect.stringContaining("lib (<< 2)"),
    });
  });

  it.each(["Conflicts", "Breaks"])("refuses packages of which one %s with the other", async (field) => {
    const packages = [pkg("app", { Depends: "lib" }), pkg("lib", { [field]: "app (<< 2)" })];
    await expect(names(packages)).rejects.toMatchObject({
      code: "package-conflict",
      message: expect.stringContaining("app (<< 2)"),
    });
  });

  it("lets a package conflict with what it provides itself", async () => {
    expect(await names([pkg("app", { Provides: "mta", Conflicts: "mta" })])).toEqual(["app 1.0-1"]);
  });

  it("refuses a platform Debian bases are not made for", async () => {
    await archive.publish(signer, { packages: [pkg("app")] });
    const riscv = { os: "linux", architecture: "riscv64" };
    await expect(resolve({}, { platforms: [riscv] })).rejects.toMatchObject({ code: "invalid-base" });
  });
});

describe("release files", () => {
  beforeEach(() => archive.publish(signer, { packages: [pkg("app")] }));

  it("refuses a release file that was changed after it was signed, naming file and mirror", async () => {
    archive.edit(INRELEASE, (bytes) =>
      Buffer.from(bytes.toString().replace("Acquire-By-Hash: yes", "Acquire-By-Hash: no ")),
    );
    await expect(resolve()).rejects.toMatchObject({
      code: "bad-signature",
      message: expect.stringContaining(`dists/trixie/InRelease at ${archive.host}`),
    });
  });

  it("refuses a release file signed by a key that is not pinned", async () => {
    await archive.publish(stranger, { packages: [pkg("app")] });
    await expect(resolve()).rejects.toMatchObject({ code: "bad-signature" });
  });

  it("refuses a release file without a signature", async () => {
    archive.edit(INRELEASE, (bytes) => Buffer.from(bytes.toString().replaceAll(/-----[^-]+-----/g, "")));
    await expect(resolve()).rejects.toMatchObject({ code: "bad-signature" });
  });

  it("does not read what stands outside the signature", async () => {
    const fake = ` ${"0".repeat(64)} 10 main/binary-amd64/Packages.gz`;
    archive.edit(INRELEASE, (bytes) =>
      Buffer.from(`Codename: trixie\nSHA256:\n${fake}\n${bytes.toString()}\n${fake}\n`),
    );
    expect((await resolve()).bases["base"]!["linux/amd64"]!.packages).toHaveLength(1);
  });

  it("refuses the release file of another suite", async () => {
    await archive.publish(signer, { packages: [pkg("app")], codename: "bookworm" });
    await expect(resolve()).rejects.toMatchObject({
      code: "invalid-release",
      message: expect.stringContaining("found bookworm"),
    });
  });

  it("refuses a release file past its Valid-Until", async () => {
    await archive.publish(signer, { packages: [pkg("app")], validUntil: new Date(NOW.getTime() - 1000) });
    await expect(resolve()).rejects.toMatchObject({ code: "release-expired" });
  });

  it("refuses a release file older than the lock's", async () => {
    const previous = await resolve();
    await archive.publish(signer, { packages: [pkg("app")], date: new Date(SIGNED.getTime() - 1000) });
    await expect(resolve({}, { previous })).rejects.toMatchObject({ code: "release-older" });
  });

  it("refuses a signed file that is no release file", async () => {
    archive.files.set(INRELEASE, Buffer.from(await clearSign("Codename: trixie\nDate: today\n", signer)));
    await expect(resolve()).rejects.toMatchObject({ code: "invalid-release" });
  });

  it("takes a sound release file from the next mirror", async () => {
    const other = await new FakeArchive().start();
    for (const [path, bytes] of archive.files) other.files.set(path, bytes);
    archive.edit(INRELEASE, (bytes) =>
      Buffer.from(bytes.toString().replace("Origin: Debian", "Origin: Debjan")),
    );
    const mirrors = { ...archive.mirrors, debian: [...archive.mirrors.debian, ...other.mirrors.debian] };
    try {
      const lock = await resolve({}, { mirrors });
      expect(lock.bases["base"]!["linux/amd64"]!.packages).toHaveLength(1);
      expect(events).toContainEqual(expect.objectContaining({ kind: "retry", next: "the next mirror" }));
    } finally {
      await other.stop();
    }
  });
});

describe("indices and connections", () => {
  const BY_HASH = /^\/debian\/dists\/trixie\/main\/binary-amd64\/by-hash/;
  beforeEach(() => archive.publish(signer, { packages: [pkg("app")] }));

  it("refuses an index whose hash is not the signed one, saying both", async () => {
    const path = archive.find(BY_HASH);
    archive.edit(path, (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1)! ^ 1])]));
    await expect(resolve()).rejects.toMatchObject({
      code: "hash-mismatch",
      message: expect.stringMatching(/at 127\.0\.0\.1:\d+: expected sha256 [0-9a-f]{64}, found [0-9a-f]{64}/),
    });
  });

  it("refuses an index that is longer than the signed size", async () => {
    archive.edit(archive.find(BY_HASH), (bytes) => Buffer.concat([bytes, Buffer.alloc(100)]));
    await expect(resolve()).rejects.toMatchObject({
      code: "size-mismatch",
      message: expect.stringContaining("found more"),
    });
  });

  it("refuses an index that is shorter than the signed size", async () => {
    archive.edit(archive.find(BY_HASH), (bytes) => bytes.subarray(0, 50));
    await expect(resolve()).rejects.toMatchObject({
      code: "size-mismatch",
      message: expect.stringContaining("found 50"),
    });
  });

  it("refuses a release file that does not end", async () => {
    archive.answers.set(INRELEASE, (_, response) => {
      response.writeHead(200);
      const feed = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20, 97)));
      };
      response.on("drain", feed);
      feed();
    });
    await expect(resolve()).rejects.toMatchObject({ code: "too-large" });
  });

  it("falls back on the plain path where a mirror keeps no files by hash", async () => {
    const path = archive.find(BY_HASH);
    archive.files.set("/debian/dists/trixie/main/binary-amd64/Packages.gz", archive.files.get(path)!);
    archive.files.delete(path);
    expect((await resolve()).bases["base"]!["linux/amd64"]!.packages).toHaveLength(1);
  });

  it("tries again after faults that pass: a server error, a broken connection, a truncated body", async () => {
    const faults = ["status", "reset", "truncate"];
    const answer = archive.files.get(INRELEASE)!;
    archive.answers.set(INRELEASE, (_, response) => {
      const fault = faults.shift();
      if (fault === "status") response.writeHead(503).end();
      else if (fault === "reset") response.destroy();
      else if (fault === "truncate") {
        response.writeHead(200, { "content-length": answer.length });
        response.write(answer.subarray(0, 100), () => response.destroy());
      } else response.end(answer);
    });
    const http = new HttpArchive(archive.mirrors, { pauseMs: 1, attempts: 4 });
    const base = debian({ suite: "trixie", packages: ["app"] });
    const more = { now: NOW, keyring: signer.keyring };
    const lock = await resolveBases({ base }, [AMD64], http, new AbortController().signal, undefined, more);
    await http.close();
    expect([faults, lock.bases["base"]!["linux/amd64"]!.packages.length]).toEqual([[], 1]);
  });

  it("says what every mirror answered where none delivers", async () => {
    const dead = "http://127.0.0.1:9/debian";
    archive.files.delete(INRELEASE);
    const mirrors = { ...archive.mirrors, debian: [dead, ...archive.mirrors.debian] };
    await expect(resolve({}, { mirrors })).rejects.toMatchObject({
      code: "archive-unavailable",
      retryable: true,
      message: expect.stringMatching(/127\.0\.0\.1:9: .*ECONNREFUSED.*expected HTTP status 200, found 404/),
    });
  });

  it("follows redirects within http and does not take the credentials along", async () => {
    const other = await new FakeArchive().start();
    other.files.set("/moved", archive.files.get(INRELEASE)!);
    archive.answers.set(INRELEASE, (_, response) =>
      response.writeHead(302, { location: `http://${other.host}/moved` }).end(),
    );
    const mirrors = { ...archive.mirrors, debian: [`http://user:secret@${archive.host}/debian`] };
    try {
      await resolve({}, { mirrors });
      expect(archive.headers[0]!.authorization).toBe(
        `Basic ${Buffer.from("user:secret").toString("base64")}`,
      );
      expect(other.headers[0]!.authorization).toBeUndefined();
    } finally {
      await other.stop();
    }
  });

  it("names the host of a mirror in errors, not the password in its address", async () => {
    archive.files.delete(INRELEASE);
    const mirrors = { ...archive.mirrors, debian: [`http://user:hunter2@${archive.host}/debian`] };
    const message = await resolve({}, { mirrors }).then(
      () => "",
      (error: Error) => `${error.message} ${error.stack}`,
    );
    expect(message).toContain(archive.host);
    expect(message).not.toContain("hunter2");
  });

  it("stops when told to, in the middle of a transfer", async () => {
    const controller = new AbortController();
    archive.answers.set(INRELEASE, (_, response) => {
      response.writeHead(200).write("x");
      controller.abort();
    });
    const http = new HttpArchive(archive.mirrors, { pauseMs: 1 });
    const base = debian({ suite: "trixie", packages: ["app"] });
    const more = { now: NOW, keyring: signer.keyring };
    await expect(
      resolveBases({ base }, [AMD64], http, controller.signal, undefined, more),
    ).rejects.toMatchObject({ code: "aborted" });
    await http.close();
  });
});

describe("npm versions", () => {
  beforeEach(() => archive.publish(signer, { packages: [pkg("app")] }));

  it("refuses a registry that answers with another version", async () => {
    await archive.publishNpm("tool", "1.0.0", {});
    archive.files.set("/npm/tool/1.0.1", archive.files.get("/npm/tool/1.0.0")!);
    const npm = [npmFiles("tool", "1.0.1", { ".": "/opt" })];
    await expect(resolve({ npm })).rejects.toMatchObject({
      code: "invalid-index",
      message: expect.stringContaining("tool@1.0.0"),
    });
  });

  it("refuses a version that has no sha512", async () => {
    archive.files.set(
      "/npm/tool/1.0.0",
      Buffer.from(JSON.stringify({ name: "tool", version: "1.0.0", dist: { shasum: "0" } })),
    );
    const npm = [npmFiles("tool", "1.0.0", { ".": "/opt" })];
    await expect(resolve({ npm })).rejects.toMatchObject({
      code: "invalid-index",
      message: expect.stringContaining("sha512"),
    });
  });
});
