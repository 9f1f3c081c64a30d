import { Foreign } from "../foreign.ts";
import type { Advisory, Affected, OsvRecord, Range, RangeEvent } from "./advisory.ts";

const LONGEST_SUMMARY = 300;
const EVENTS = ["introduced", "fixed", "last_affected", "limit"] as const;

/**
 * One record of an OSV database. Fields that are not used are not looked at: later versions of the schema have more.
 * @param where for messages: the archive and the file in it
 * @throws EvidenceError `invalid-advisories`
 */
export function parseRecord(json: string, where: string): OsvRecord {
  const record = Foreign.parse(json, { code: "invalid-advisories", what: where });
  record.field("schema_version").optional(firstVersion);
  return {
    advisory: parseAdvisory(record),
    affected: record
      .field("affected")
      .list()
      .flatMap((affected) => parseAffected(affected) ?? []),
    modified: record.field("modified").time(),
    withdrawn: record.field("withdrawn").optional((time) => time.time()) !== undefined,
  };
}

function firstVersion(version: Foreign): void {
  if (!version.text().startsWith("1.")) throw version.wrong("version 1 of the OSV schema");
}

function parseAdvisory(record: Foreign): Advisory {
  const details = record.field("details").optional((text) => text.raw);
  const summary = record.field("summary").optional((text) => text.raw);
  const specific = record.field("database_specific");
  const word = specific.optional((fields) => textOf(fields.field("severity")));
  const published = record.field("published").optional((time) => time.time());
  return {
    id: record.field("id").text(),
    aliases: texts(record.field("aliases")),
    upstream: texts(record.field("upstream")),
    summary: firstLine(summary) || firstLine(details),
    vectors: vectorsOf(record.field("severity")),
    ...(word === undefined ? {} : { word }),
    ...(published === undefined ? {} : { published }),
    ...(isDisputed(specific, summary, details) ? { disputed: true } : {}),
  };
}

function parseAffected(affected: Foreign): Affected | undefined {
  const about = affected.field("package");
  // Some speak of a git repository alone.
  if (about.raw === undefined) return undefined;
  const urgency = affected
    .field("ecosystem_specific")
    .optional((specific) => textOf(specific.field("urgency")));
  return {
    release: about.field("ecosystem").text(),
    name: about.field("name").text(),
    ranges: affected
      .field("ranges")
      .list()
      .flatMap((range) => parseRange(range) ?? []),
    versions: texts(affected.field("versions")),
    vectors: vectorsOf(affected.field("severity")),
    ...(urgency === undefined ? {} : { urgency }),
  };
}

function parseRange(range: Foreign): [Range] | undefined {
  switch (range.field("type").raw) {
    case "SEMVER":
    case "ECOSYSTEM":
      return [range.field("events").list().map(parseEvent)];
    case "GIT":
      return undefined;
    default:
      throw range.field("type").wrong("SEMVER, ECOSYSTEM or GIT");
  }
}

function parseEvent(event: Foreign): RangeEvent {
  for (const at of EVENTS) {
    const version = event.field(at).optional((text) => text.text());
    if (version !== undefined) return { at, version };
  }
  throw event.wrong(EVENTS.join(", "));
}

function vectorsOf(severity: Foreign): readonly string[] {
  return severity.list().flatMap((entry) => {
    const { raw } = entry.field("type");
    return raw === "CVSS_V3" || raw === "CVSS_V4" ? [entry.field("score").text()] : [];
  });
}

/** OSV marks it, or the text that a CVE begins with is copied. */
function isDisputed(specific: Foreign, ...words: readonly unknown[]): boolean {
  const marked = specific.optional((fields) => fields.field("isDisputed").raw);
  return marked === true || words.some((text) => typeof text === "string" && /^\W*DISPUTED\b/.test(text));
}

function texts(list: Foreign): readonly string[] {
  return list.list().map((element) => element.text());
}

/** What is not a text is not for us. */
function textOf({ raw }: Foreign): string | undefined {
  return typeof raw === "string" ? raw : undefined;
}

function firstLine(text: unknown): string {
  if (typeof text !== "string") return "";
  const line = text.trim().split("\n", 1)[0] ?? "";
  return line.length > LONGEST_SUMMARY ? `${line.slice(0, LONGEST_SUMMARY)}…` : line;
}
