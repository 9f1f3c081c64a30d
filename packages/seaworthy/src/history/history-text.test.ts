import { type Run, previousReleases } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { failed, released } from "../../test/runs.ts";
import { widthOf } from "../progress/text.ts";
import { historyText } from "./history-text.ts";

const releases = [released("main-4b35282", 9), released("main-1a2b3c4", 5), released("main-0000001", 2)];
const previous = previousReleases(releases.map(({ record }) => record));
const lines = (runs: readonly Run[], width?: number): readonly string[] =>
  historyText({ runs, previous }, width).split("\n");

describe("a history", () => {
  it("has everything where there is room, with growth against the release before", () => {
    expect(lines(releases)).toEqual([
      "finished (UTC)    version       digest        platforms                                                               took    tags                      by",
      "2026-11-09 10:00  main-4b35282  38d0e6d84c66  linux/amd64 50.9 MB +400.0 kB, linux/arm64 50.9 MB +400.0 kB (not run)  22.0 s  main-4b35282 main latest  lena",
      "2026-11-05 10:00  main-1a2b3c4  04c4fdffe6a5  linux/amd64 50.5 MB +300.0 kB, linux/arm64 50.5 MB +300.0 kB (not run)  22.0 s  main-1a2b3c4 main latest  lena",
      "2026-11-02 10:00  main-0000001  607d9ae5d3f3  linux/amd64 50.2 MB, linux/arm64 50.2 MB (not run)                      22.0 s  main-0000001 main latest  lena",
    ]);
  });

  it("gives up what is said twice on 140 columns", () => {
    expect(lines(releases.slice(0, 1), 140)).toEqual([
      "finished (UTC)    version       digest        platforms                                                   took    other tags   by",
      "2026-11-09 10:00  main-4b35282  38d0e6d84c66  amd64 50.9 MB +400.0 kB, arm64 50.9 MB +400.0 kB (not run)  22.0 s  main latest  lena",
    ]);
  });

  it("says the size of all platforms on 80 columns", () => {
    expect(lines(releases.slice(0, 1), 80)).toEqual([
      "finished (UTC)    version       digest   size                took    other tags",
      "2026-11-09 10:00  main-4b35282  38d0e6d  101.8 MB +800.0 kB  22.0 s  main latest",
    ]);
  });

  it("shows failures among releases, with where and why", () => {
    const all = [failed("main-9999999", 10), ...releases.slice(0, 1)];
    expect(lines(all)).toEqual([
      "finished (UTC)    version       outcome         digest        platforms                                                               took    tags                      by",
      "2026-11-10 10:00  main-9999999  failed: verify  –             web: no answer within 3000 ms, expected status …                        18.0 s                            lena",
      "2026-11-09 10:00  main-4b35282  released        38d0e6d84c66  linux/amd64 50.9 MB +400.0 kB, linux/arm64 50.9 MB +400.0 kB (not run)  22.0 s  main-4b35282 main latest  lena",
    ]);
    expect(lines(all, 80)).toEqual([
      "finished (UTC)    version          digest   size                other tags",
      "2026-11-10 10:00  main-9999999  ✗  –        in verify",
      "2026-11-09 10:00  main-4b35282  ✓  38d0e6d  101.8 MB +800.0 kB  main latest",
    ]);
  });

  it("is a header where nothing was released", () => {
    expect(lines([])).toEqual(["finished (UTC)  version  digest  platforms  took  tags  by"]);
  });

  it.each([200, 140, 120, 100, 80, 60, 40, 10])(
    "fits %i columns and begins with version and time",
    (width) => {
      const wide = released("main-4b35282", 9, { trigger: { who: "github-actions[bot]", what: "x" } });
      const shown = lines([failed("main-9999999", 10), wide, ...releases], width);
      expect(Math.max(...shown.map(widthOf))).toBeLessThanOrEqual(width);
      expect(shown).toHaveLength(6);
      expect(shown[2]).toMatch(/^2026-11-0/);
    },
  );
});

describe("a history of what somebody pushed", () => {
  const tag = (name: string) => ({ tag: name, to: "sha256:x" });

  it("cannot break its lines, move the terminal or turn the writing", () => {
    const evil = "me\n\u001b[2J\u009b2J\u0007\u202esomebody";
    const run = released("x", 3, {
      version: evil,
      trigger: { who: evil, what: evil },
      tags: [tag(evil)],
      platforms: [{ platform: evil, digest: evil, size: 4, layers: [], verify: "passed" }],
    });
    const shown = lines([{ ...run, digest: evil }]);
    expect(shown).toHaveLength(2);
    expect(shown.join("")).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
  });

  it("is as wide as honest ones, whatever its lengths", () => {
    const long = "v".repeat(1_000_000);
    const run = released("x", 3, {
      version: long,
      trigger: { who: long, what: long },
      tags: Array.from({ length: 5_000 }, (_, number) => tag(`${long.slice(0, 50)}${number}`)),
      platforms: Array.from({ length: 10_000 }, (_, number) => ({
        platform: `linux/p${number}`,
        digest: long,
        size: Number.MAX_SAFE_INTEGER,
        layers: [],
        verify: "passed" as const,
      })),
    });
    const shown = lines([{ ...run, digest: long }]);
    expect(widthOf(shown[1]!)).toBeLessThan(320);
    expect(shown[1]).toContain(" and 9996 more");
  });

  it("takes no time that grows with the square of a text", () => {
    const started = performance.now();
    lines([
      released("x", 3, { version: " ".repeat(1_000_000), trigger: { who: "\t".repeat(1e6), what: "" } }),
    ]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
