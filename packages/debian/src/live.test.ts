import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { cwd, env } from "node:process";
import { createGzip } from "node:zlib";
import { pipeline } from "node:stream/promises";
import { parsePlatform, writeTar } from "@seaworthy/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REFERENCE_BASES } from "../test/reference-bases.ts";
import {
  HttpArchive,
  assemble,
  checkLock,
  discoverMirrors,
  formatLock,
  parseLock,
  resolveBases,
} from "./index.ts";
import type { BasesLock } from "./index.ts";

const RUNTIME = "gcr.io/distroless/nodejs24-debian13:nonroot";
const BUILD = "node:24-trixie-slim";
const PLATFORMS = ["linux/amd64", "linux/arm64"];
const SIGNAL = new AbortController().signal;

/** Asks the mirrors of this machine: `SEAWORTHY_LIVE=1 npx vitest run packages/debian/src/live.test.ts`. */
describe.skipIf(env["SEAWORTHY_LIVE"] !== "1")("Debian's real archive", { timeout: 300_000 }, () => {
  let cacheDir: string;
  let archive: HttpArchive;
  let lock: BasesLock;

  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "seaworthy-"));
    const mirrors = await discoverMirrors({
      readFile: (path) => readFile(path, "utf8").catch(() => undefined),
      list: (path) => readdir(path).catch(() => []),
      env,
      home: homedir(),
      cwd: cwd(),
    });
    archive = new HttpArchive(mirrors);
    lock = await resolveBases(REFERENCE_BASES, PLATFORMS.map(parsePlatform), archive, SIGNAL);
  }, 300_000);
  afterAll(async () => {
    await archive.close();
    await rm(cacheDir, { recursive: true });
  });

  async function build(name: string, platform: string) {
    const hash = createHash("sha256");
    const paths = new Set<string>();
    const base = REFERENCE_BASES[name]!;
    const locked = lock.bases[name]![platform]!;
    const items = assemble(base, locked, parsePlatform(platform), { archive, cacheDir }, undefined, SIGNAL);
    async function* noted() {
      for await (const item of items) {
        paths.add(item.entry.path);
        yield item;
      }
    }
    async function* hashed() {
      for await (const chunk of writeTar(noted())) {
        hash.update(chunk);
        yield chunk;
      }
    }
    let size = 0;
    await pipeline(hashed(), createGzip({ level: 5 }), async (packed) => {
      for await (const chunk of packed) size += (chunk as Uint8Array).length;
    });
    return { digest: hash.digest("hex"), paths, size };
  }

  it("gives a lock that answers the config and reads back", () => {
    expect(checkLock(REFERENCE_BASES, lock, PLATFORMS.map(parsePlatform))).toEqual([]);
    expect(parseLock(formatLock(lock))).toEqual(lock);
  });

  it.each(PLATFORMS)(
    "makes the run-time base for %s: the same twice, small, without a shell",
    async (platform) => {
      const first = await build(RUNTIME, platform);
      expect((await build(RUNTIME, platform)).digest).toBe(first.digest);
      expect(first.size).toBeLessThan(52_000_000);
      const wanted = [
        "nodejs/bin/node",
        "etc/ssl/certs/ca-certificates.crt",
        "usr/share/zoneinfo/Etc/UTC",
        "etc/passwd",
      ];
      expect(wanted.filter((path) => !first.paths.has(path))).toEqual([]);
      expect(
        ["usr/bin/sh", "usr/bin/dpkg", "usr/bin/apt-get"].filter((path) => first.paths.has(path)),
      ).toEqual([]);
    },
  );

  it.each(PLATFORMS)(
    "makes the build base for %s: with shell, npm, apt and dpkg's database",
    async (platform) => {
      const { paths } = await build(BUILD, platform);
      const npm = "usr/local/lib/node_modules/npm/bin/npm-cli.js";
      const wanted = [
        "usr/bin/sh",
        "usr/bin/apt-get",
        "usr/local/bin/npm",
        npm,
        "var/lib/dpkg/status",
        "etc/shadow",
      ];
      expect(wanted.filter((path) => !paths.has(path))).toEqual([]);
    },
  );
});
