import type { RulePlan } from "./apply.ts";
import { type RuleContext, renderGlobal } from "./expressions.ts";
import { entriesOf } from "./list.ts";
import { illegal } from "./parse.ts";

const LEVELS = ["manifest", "index", "manifest-descriptor", "index-descriptor"] as const;

/**
 * The labels of OCI image spec, annotations.md, that the event tells, then those given as `key=value` lines, which go
 * before. Sorted by key.
 */
export function labelsOf(
  version: string | undefined,
  given: string,
  context: RuleContext,
  where = "labels",
): Readonly<Record<string, string>> {
  const { event, now } = context;
  const { name, description, url, license } = event.repository;
  const standard: Readonly<Record<string, string | undefined>> = {
    title: name,
    description,
    url,
    source: url,
    version,
    created: new Date(now).toISOString(),
    revision: event.revision,
    licenses: license,
  };
  const labels = new Map<string, string>(
    Object.entries(standard).map(([key, value]) => [`org.opencontainers.image.${key}`, value ?? ""]),
  );
  for (const { text, line } of entriesOf(given)) {
    const rendered = renderGlobal(text, context, `${where}:${line}`);
    const at = rendered.indexOf("=");
    if (at > 0) labels.set(rendered.slice(0, at), rendered.slice(at + 1));
    else context.warn(`${where}:${line}: ${JSON.stringify(rendered)} has no key and value`);
  }
  return Object.fromEntries([...labels].toSorted(([a], [b]) => a.localeCompare(b, "en")));
}

/**
 * Where annotations go, from `manifest,index`. Levels may name a platform: `manifest[linux/amd64]`.
 * @throws ReleaseError `rules`
 */
export function levelsOf(text: string | undefined, otherwise: string): readonly string[] {
  const levels = (text === undefined || text === "" ? otherwise : text)
    .split(",")
    .map((level) => level.trim());
  for (const level of levels) {
    const name = level.replace(/\[[^\]]*\]$/, "");
    if (!LEVELS.some((candidate) => candidate === name)) {
      throw illegal("annotation levels", `${JSON.stringify(level)} is not known`, `use ${LEVELS.join(", ")}`);
    }
  }
  return levels;
}

/** `level:key=value`, as `docker buildx build --annotation` takes them. */
export function annotationLines(
  annotations: Readonly<Record<string, string>>,
  levels: readonly string[],
): readonly string[] {
  return levels.flatMap((level) =>
    Object.entries(annotations).map(([key, value]) => `${level}:${key}=${value}`),
  );
}

/** Tags with every image's name before them; alone where there is none. */
export function fullTags({ tags }: Pick<RulePlan, "tags">, images: readonly string[]): readonly string[] {
  return images.length === 0 ? tags : images.flatMap((image) => tags.map((tag) => `${image}:${tag}`));
}
