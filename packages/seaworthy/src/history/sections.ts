import type { ReleaseRecord } from "@seaworthy/release";
import { formatBytes, formatMs } from "../progress/format.ts";
import { brief } from "../progress/text.ts";
import { aligned, capped, withBars } from "./lines.ts";
import { sized } from "./row.ts";

type Platform = ReleaseRecord["platforms"][number];

/** When each stage began and how long it took, one below the other as they ran. */
export function stageLines(stages: ReleaseRecord["stages"], width: number): readonly string[] {
  const total = stages.reduce((sum, { ms }) => sum + ms, 0);
  return capped(stages, (shown) => {
    let begun = 0;
    const spans = shown.map(({ ms }) => ({ from: begun / total, to: (begun += ms) / total }));
    const cells = shown.map(({ name, status, ms }) => [
      brief(name, 20),
      formatMs(ms),
      status === "done" ? "" : brief(status, 12),
    ]);
    return withBars(aligned(cells, [1]), spans, width);
  });
}

/** Of each platform size, growth and how its checks went; below it its layers, in their order. */
export function platformLines(
  { platforms }: ReleaseRecord,
  previous: ReleaseRecord | undefined,
  width: number,
): readonly string[] {
  const sizes = platforms.flatMap(({ layers }) => layers);
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  return capped(platforms, (shown) =>
    shown.flatMap((platform) => {
      const before = previous?.platforms.find((other) => other.platform === platform.platform);
      return [platformLine(platform, before), ...layerLines(platform, largest, width)];
    }),
  );
}

function platformLine(
  { platform, size, verify, startMs, memory }: Platform,
  before: Platform | undefined,
): string {
  const facts = [
    sized(size, before?.size),
    verify === "not-run" ? "not run" : verify,
    ...(startMs === undefined ? [] : [`starts in ${formatMs(startMs)}`]),
    ...(memory === undefined ? [] : [`${formatBytes(memory)} of memory`]),
  ];
  return `${brief(platform, 40)}  ${facts.join(", ")}`;
}

function layerLines({ layers }: Platform, largest: number, width: number): readonly string[] {
  return capped(layers, (shown) => {
    const spans = shown.map((bytes) => ({ from: 0, to: bytes / largest }));
    const texts = aligned(
      shown.map((bytes) => [formatBytes(bytes)]),
      [0],
    );
    return withBars(texts, spans, width - 2);
  }).map((line) => `  ${line}`);
}

export function testLines(tests: NonNullable<ReleaseRecord["tests"]>): readonly string[] {
  return capped(tests, (shown) => {
    const cells = shown.map(({ name, status, ms }) => [markOf(status), brief(name, 60), formatMs(ms)]);
    return aligned(cells, [2]);
  });
}

export function gateLines(gates: NonNullable<ReleaseRecord["gates"]>): readonly string[] {
  return capped(gates, (shown) =>
    aligned(
      shown.map(({ name, status, found, allowed }) => [
        markOf(status),
        brief(name, 40),
        `found ${brief(found, 80)}; allowed: ${brief(allowed, 60)}`,
      ]),
    ),
  );
}

/** As progress marks steps; `skipped` and whatever later versions say is neither. */
function markOf(status: string): string {
  if (status === "passed") return "✓";
  return status === "failed" || status === "refused" ? "✗" : "–";
}

export function tagLines({ tags, reference }: ReleaseRecord): readonly string[] {
  const digest = reference.slice(reference.indexOf("@") + 1);
  return capped(tags, (shown) => aligned(shown.map((move) => [brief(move.tag, 60), moveText(move, digest)])));
}

function moveText({ from, to }: ReleaseRecord["tags"][number], digest: string): string {
  if (from === undefined) return `new → ${short(to)}`;
  if (from !== to) return `${short(from)} → ${short(to)}`;
  return to === digest ? `was at ${short(to)} already` : `stayed at ${short(to)}`;
}

function short(digest: string): string {
  return brief(digest.replace(/^sha256:/, "").slice(0, 12), 12);
}
