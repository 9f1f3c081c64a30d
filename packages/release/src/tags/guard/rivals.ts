import type { PlannedTag, Series, TagPlan } from "../plan.ts";
import { compareVersions, isPrerelease, parseVersion } from "../version.ts";
import { parsePep440 } from "../pep440.ts";
import type { Ancestry } from "./ancestry.ts";

/**
 * The published tag that names something newer of what a moving tag stands for; undefined where there is none.
 *
 * Every publisher writes the tag of its one version or commit before it moves what others follow. So whoever moved a
 * tag last can see from the list of tags alone whether something newer was published meanwhile, and no two of them can
 * both miss it. That closes the gap between reading a tag and writing it, which registries have no means against.
 */
export async function findNewer(
  { tag, series }: PlannedTag,
  { release, revision }: Pick<TagPlan, "release" | "revision">,
  tags: readonly string[],
  ancestry: Ancestry,
): Promise<string | undefined> {
  if (series?.of === "versions") {
    return release === undefined ? undefined : newerVersion(series, release, tags);
  }
  if (series === undefined || revision === undefined) return undefined;
  const shorts = new Map(
    tags.flatMap((other) => {
      const short = other.startsWith(series.prefix) ? other.slice(series.prefix.length) : "";
      return other !== tag && /^[0-9a-f]{7,64}$/.test(short) ? [[short, other] as const] : [];
    }),
  );
  const newest = await ancestry.newest(revision, [...shorts.keys()]);
  return newest === undefined ? undefined : shorts.get(newest);
}

type Versions = Series & { readonly of: "versions" };

function newerVersion(series: Versions, release: string, tags: readonly string[]): string | undefined {
  let newest: { readonly tag: string; readonly version: string } | undefined;
  for (const tag of tags) {
    const version = memberOf(series, tag);
    if (version === undefined || (compareVersions(newest?.version ?? release, version) ?? 0) >= 0) continue;
    newest = { tag, version };
  }
  return newest?.tag;
}

/** The version that a tag of the series names; pre-releases are no members. */
function memberOf({ numbers, prefix, suffix }: Versions, tag: string): string | undefined {
  if (!tag.startsWith(prefix) || !tag.endsWith(suffix) || tag.length < prefix.length + suffix.length)
    return undefined;
  const text = tag.slice(prefix.length, tag.length - suffix.length);
  const semantic = parseVersion(text);
  const parts = semantic === undefined ? whole(text) : [semantic.major, semantic.minor];
  if (parts === undefined || isPrerelease(text)) return undefined;
  return numbers.every((number, at) => parts[at] === number) ? text : undefined;
}

/** `1.2` and `v1` are series themselves. */
function whole(text: string): readonly number[] | undefined {
  const release = parsePep440(text)?.release;
  return release !== undefined && release.length > 2 ? release : undefined;
}
