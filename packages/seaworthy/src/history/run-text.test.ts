import { type ReleaseRecord, previousReleases } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { failed, released } from "../../test/runs.ts";
import { widthOf } from "../progress/text.ts";
import { runText } from "./run-text.ts";

const later: object = {
  tests: [
    { name: "npm test", status: "passed", ms: 6_200 },
    { name: "lint", status: "not-run", ms: 0 },
  ],
  gates: [{ name: "size budget", status: "refused", found: "50.9 MB", allowed: "40 MB" }],
};
const run = released("main-4b35282", 9, { ...later, source: { dirty: true, branch: "main" } });
const before = released("main-1a2b3c4", 5);
const previous = previousReleases([run.record, before.record]);

describe("a release in full", () => {
  it("shows stages as they ran, layers by size, growth, tests, gates and where tags moved", () => {
    expect(runText({ run, previous }, 80).split("\n")).toEqual([
      "release  main-4b35282",
      "image    ghcr.io/acme/web",
      "digest   sha256:38d0e6d84c66f862a1484992d3a02e350be017c78f8d98f9aaf6bbe09413d97c",
      "finished 2026-11-09 10:00:22 UTC",
      "by       lena: seaworthy release",
      "source   no commit on main, with uncommitted changes",
      "took     22.0 s, 3 of 12 steps cached",
      "",
      "stages",
      "  build    15.0 s          ████████████████████████████████████▏",
      "  verify    5.0 s  cached                                      ████████████▏",
      "  publish   2.0 s                                                          █████",
      "",
      "platforms  compared with main-1a2b3c4",
      "  linux/amd64  50.9 MB +400.0 kB, passed, starts in 471 ms, 106.0 MB of memory",
      "    40.0 MB  ████████████████████████████████████████████████████████████",
      "    10.0 MB  ███████████████",
      "      120 B  ▏",
      "  linux/arm64  50.9 MB +400.0 kB, not run",
      "    40.0 MB  ████████████████████████████████████████████████████████████",
      "    10.0 MB  ███████████████",
      "      120 B  ▏",
      "",
      "tests",
      "  ✓  npm test  6.2 s",
      "  –  lint       0 ms",
      "",
      "gates",
      "  ✗  size budget  found 50.9 MB; allowed: 40 MB",
      "",
      "tags",
      "  main-4b35282  new → 38d0e6d84c66",
      "  main          cba06b5736fa → 38d0e6d84c66",
      "  latest        cba06b5736fa → 38d0e6d84c66",
    ]);
  });

  it("leaves out what a record of before knows nothing of", () => {
    const text = runText({ run: before, previous }, 80);
    expect(text).not.toMatch(/^(?:tests|gates)$/m);
    expect(text).toMatch(/^platforms$/m);
  });

  it("tells a tag that stayed from one that stood there already", () => {
    const { digest } = before;
    const newer = `sha256:${"ab".repeat(32)}`;
    const tags = [
      { tag: "1.2.3", from: digest, to: digest },
      { tag: "latest", from: newer, to: newer },
    ];
    const text = runText({ run: released("main-1a2b3c4", 5, { tags }), previous });
    expect(text).toContain("1.2.3   was at 04c4fdffe6a5 already");
    expect(text).toContain("latest  stayed at abababababab");
  });

  it.each([120, 80, 60])("keeps its bars within %i columns", (width) => {
    const bars = runText({ run, previous }, width)
      .split("\n")
      .filter((line) => /[█▏]/.test(line));
    expect(bars).toHaveLength(9);
    expect(Math.max(...bars.map(widthOf))).toBeLessThanOrEqual(width);
  });

  it("says of a failure where, after what time and why, as it was written", () => {
    const failure = failed("main-9", 10, { revision: "95144b44", digest: "sha256:12" });
    expect(runText({ run: failure, previous }).split("\n")).toEqual([
      "failed   main-9",
      "image    ghcr.io/acme/web",
      "digest   sha256:12",
      "finished 2026-11-10 10:00:18 UTC",
      "by       lena: seaworthy release",
      "source   95144b44 on main",
      "after    18.0 s",
      "",
      "failed in verify",
      "  web: no answer within 3000 ms, expected status 200",
      "    | cannot reach the database",
    ]);
  });
});

describe("a record of somebody who pushes what he likes", () => {
  const evil = "a\n\u001b]0;title\u0007\u009b2J\u202eb";
  const many = <T>(value: T): readonly T[] => Array.from({ length: 10_000 }, () => value);
  const rest: object = {
    tests: many({ name: evil, status: evil, ms: 0 }),
    gates: many({ name: evil, status: evil, found: evil, allowed: evil }),
  };
  const hostile: Partial<ReleaseRecord> = {
    version: evil,
    trigger: { who: evil, what: evil },
    source: { dirty: false, branch: evil, revision: evil },
    stages: many({ name: evil, status: evil, ms: Number.MAX_SAFE_INTEGER }),
    platforms: many({ platform: evil, digest: evil, size: 0, layers: [0, 0], verify: "failed" as const }),
    tags: many({ tag: evil, from: evil, to: evil }),
    ...rest,
  };

  it("cannot move the terminal, and fills a screen or two", () => {
    const text = runText({ run: released("x", 3, hostile), previous }, 80);
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]/u);
    expect(text.split("\n").length).toBeLessThan(250);
    expect(text.match(/… and 9976 more/g)).toHaveLength(5);
  });

  it("may have nothing in it", () => {
    const empty = { stages: [], platforms: [], tags: [], steps: { cached: 0, total: 0 } };
    expect(runText({ run: released("x", 3, empty), previous }, 80)).toMatch(
      /took {5}0 ms, 0 of 0 steps cached$/,
    );
  });

  it("may say that all took no time and has no size", () => {
    const nothing = {
      stages: [{ name: "build", status: "done", ms: 0 }],
      platforms: [{ platform: "linux/amd64", digest: "x", size: 0, layers: [0], verify: "passed" as const }],
    };
    const text = runText({ run: released("x", 3, nothing), previous }, 80);
    expect(text).toMatch(/^ {2}build {2}0 ms {2}▏$/m);
    expect(text).toMatch(/^ {4}0 B {2}▏$/m);
  });
});
