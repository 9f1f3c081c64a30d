import { type FailedRun, type ReleaseRecord, type Run, runFacts } from "@seaworthy/release";
import { formatBytes, formatGrowth, formatMs } from "../progress/format.ts";
import { brief } from "../progress/text.ts";

/** A run as cells of a table. Several forms of one thing are for terminals of several widths. */
export interface Row {
  readonly finished: string;
  readonly version: string;
  readonly outcome: string;
  readonly mark: string;
  readonly digest: string;
  /** `linux/amd64 50.4 MB +1.2 MB`, or why it failed. */
  readonly platforms: string;
  /** The same without what is equal for all. */
  readonly shortPlatforms: string;
  /** Of all platforms together. */
  readonly size: string;
  readonly took: string;
  readonly tags: string;
  /** Without the one that the version is. */
  readonly otherTags: string;
  readonly by: string;
}

/** Columns of the widest cell: records are others' and may hold anything. */
const WIDEST = 48;
const MOST_PLATFORMS = 4;

export function rowOf(run: Run, previous: ReleaseRecord | undefined): Row {
  const { version, finishedAt, digest, trigger } = runFacts(run);
  return {
    finished: dayAndTime(finishedAt),
    version: brief(version, WIDEST),
    digest: digest === undefined ? "–" : brief(digest.replace(/^sha256:/, "").slice(0, 12), 12),
    by: brief(trigger.who, 24),
    ...(run.outcome === "failure" ? failureCells(run) : releaseCells(run.record, previous)),
  };
}

type OutcomeCells = Omit<Row, "finished" | "version" | "digest" | "by">;

function failureCells({ stage, cause, startedAt, finishedAt }: FailedRun): OutcomeCells {
  const [first = ""] = cause.split("\n", 1);
  const why = brief(first, WIDEST);
  const where = stage === undefined ? undefined : brief(stage, 16);
  return {
    outcome: where === undefined ? "failed" : `failed: ${where}`,
    mark: "✗",
    platforms: why,
    shortPlatforms: why,
    size: where === undefined ? brief(first, 20) : `in ${where}`,
    took: formatMs(Date.parse(finishedAt) - Date.parse(startedAt)),
    tags: "",
    otherTags: "",
  };
}

function releaseCells(record: ReleaseRecord, previous: ReleaseRecord | undefined): OutcomeCells {
  const { version, stages, tags } = record;
  const moved = tags.filter(({ from, to }) => from !== to).map(({ tag }) => tag);
  const platforms = record.platforms.slice(0, MOST_PLATFORMS);
  const more = record.platforms.length - platforms.length;
  const list = (short: boolean): string =>
    [
      ...platforms.map((platform) => platformText(platform, previous, short)),
      ...(more === 0 ? [] : [`and ${more} more`]),
    ].join(", ");
  return {
    outcome: "released",
    mark: "✓",
    platforms: list(false),
    shortPlatforms: list(true),
    size: sized(totalOf(record), previous === undefined ? undefined : totalOf(previous)),
    took: formatMs(stages.reduce((sum, { ms }) => sum + ms, 0)),
    tags: brief(moved.slice(0, 20).join(" "), WIDEST),
    otherTags: brief(
      moved
        .filter((tag) => tag !== version)
        .slice(0, 20)
        .join(" "),
      WIDEST,
    ),
  };
}

type PlatformRecord = ReleaseRecord["platforms"][number];

function platformText(
  { platform, size, verify }: PlatformRecord,
  previous: ReleaseRecord | undefined,
  short: boolean,
): string {
  const before = previous?.platforms.find((other) => other.platform === platform)?.size;
  const name = brief(short ? platform.replace(/^linux\//, "") : platform, 24);
  return `${name} ${sized(size, before)}${verify === "not-run" ? " (not run)" : ""}`;
}

/** `50.4 MB +1.2 MB` */
export function sized(size: number, before: number | undefined): string {
  const growth = before === undefined ? "" : formatGrowth(size - before);
  return growth === "" ? formatBytes(size) : `${formatBytes(size)} ${growth}`;
}

function totalOf({ platforms }: ReleaseRecord): number {
  return platforms.reduce((sum, { size }) => sum + size, 0);
}

/** RFC 3339 to the minute, as people write it; UTC. */
function dayAndTime(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}
