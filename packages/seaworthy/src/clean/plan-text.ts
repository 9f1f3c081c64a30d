import { type Digest, shortDigest } from "@seaworthy/oci";
import {
  type Applied,
  type Broken,
  type Entry,
  type RetentionPlan,
  type Undone,
  namesOf,
} from "@seaworthy/release";
import { capped } from "../history/lines.ts";
import { formatAge, formatBytes } from "../progress/format.ts";
import { brief, oneLine } from "../progress/text.ts";
import { table } from "../table.ts";

/** What goes, all of it; what stays and why, the newest of it; what was broken before. */
export function planText(plan: RetentionPlan, now: number): string {
  const stays = capped(plan.stays, (shown) => entryLines("stays", shown, now));
  const blocks = [
    plan.goes.length === 0 ? [] : entryLines("goes", plan.goes, now),
    plan.stays.length === 0 ? [] : stays,
    brokenLines(plan.broken),
    [...plan.absent].map(([digest, why]) => `! ${digest} is not here: ${brief(why.join("; "), 80)}`),
    [summaryOf(plan)],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function entryLines(title: string, entries: readonly Entry[], now: number): readonly string[] {
  const rows = entries.map(({ digest, tags, at, why, with: more, bytes }) => [
    tags.length === 0 ? shortDigest(digest) : brief(tags.join(" "), 60),
    at === undefined ? "–" : formatAge(now - at),
    formatBytes(bytes),
    more === 0 ? "–" : String(more),
    brief(why.join("; "), 120),
  ]);
  return table([title, "age", title === "goes" ? "frees" : "takes", "with", "why"], rows).split("\n");
}

function brokenLines(broken: readonly Broken[]): readonly string[] {
  return capped(broken, (shown) =>
    shown.map(({ tags, missing: [first = "its manifest", ...more] }) => {
      const others = more.length === 0 ? "" : ` and ${more.length} more`;
      return `! broken before: ${brief(tags.join(" "), 60)} lacks ${first}${others}`;
    }),
  );
}

function summaryOf({ goes, stays, waves, frees }: RetentionPlan): string {
  const manifests = waves.reduce((sum, { length }) => sum + length, 0);
  const bytes = [...frees.values()].reduce((sum, size) => sum + size, 0);
  const kept = `${count(stays.length, "image")} to keep`;
  if (manifests + bytes === 0) return `nothing to delete, ${kept}`;
  const what = `${count(goes.length, "image")} to delete (${count(manifests, "manifest")})`;
  return `${what}, ${kept}; ${formatBytes(bytes)} to free`;
}

/** What came of it, a line each for what is not as planned. */
export function appliedLines({ deleted, skipped, refused, freed }: Applied): readonly string[] {
  const left = (mark: string, { digest, tags, why }: Applied["skipped"][number]): string =>
    oneLine(`${mark} ${nameOf(digest, tags)}: ${why}`);
  const bytes = freed === undefined ? "the registry frees the space" : `${formatBytes(freed)} freed`;
  return [
    ...capped(skipped, (shown) => shown.map((each) => left("skipped", each))),
    ...capped(refused, (shown) => shown.map((each) => left("! not deleted:", each))),
    `deleted ${count(deleted.length, "manifest")}; ${bytes}`,
  ];
}

/** What could not be brought back is named where it had a name; what belonged to it is counted. */
export function undoneLines(undone: readonly Undone[]): readonly string[] {
  const lost = undone.flatMap(({ version: { digest, tags }, restoring }) =>
    restoring.is === "lost" && namesOf({ tags }).length > 0
      ? [oneLine(`! ${nameOf(digest, namesOf({ tags }))}: ${restoring.why}`)]
      : [],
  );
  const of = (is: string): number => undone.filter(({ restoring }) => restoring.is === is).length;
  return [
    ...capped(lost, (shown) => shown),
    `restored ${count(of("restored"), "manifest")}; ${of("there already")} there already, ${of("lost")} lost`,
  ];
}

function nameOf(digest: Digest, tags: readonly string[]): string {
  return tags.length === 0 ? shortDigest(digest) : `${brief(tags.join(" "), 60)} (${shortDigest(digest)})`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
