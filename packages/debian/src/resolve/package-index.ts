import { DebianError } from "../error.ts";
import { streamStanzas } from "./deb822.ts";
import { parseRelations } from "./relation.ts";
import type { Relation } from "./relation.ts";
import { compareVersions, satisfies } from "./version.ts";

/** One package an archive offers, as its index describes it. */
export interface Candidate {
  readonly name: string;
  readonly version: string;
  /** `all`, or that of the index. */
  readonly arch: string;
  readonly archive: "debian" | "debian-security";
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Source package with its version where that differs: `shadow`, `util-linux (2.41.5-0+deb13u1)`. */
  readonly source?: string;
  readonly priority: string;
  /** Relationship fields as written, by lower-case name. */
  readonly relations: Readonly<Record<RelationField, string | undefined>>;
}

type RelationField = "pre-depends" | "depends" | "provides" | "conflicts" | "breaks";

const FIELDS =
  /^(package|version|architecture|source|priority|filename|size|sha256|pre-depends|depends|provides|conflicts|breaks):[ \t]*(.*)$/gim;

/**
 * The packages of one `Packages` file.
 * @throws DebianError `invalid-index`
 */
export async function readPackages(
  source: AsyncIterable<Uint8Array>,
  {
    archive,
    arch,
    where,
  }: {
    readonly archive: Candidate["archive"];
    readonly arch: string;
    readonly where: string;
  },
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for await (const text of streamStanzas(source)) {
    const candidate = toCandidate(text, archive, where);
    if (candidate.arch === arch || candidate.arch === "all") candidates.push(candidate);
  }
  return candidates;
}

/** Only the fields needed, found by one expression: an index has 70,000 stanzas, and none of these fields is folded. */
function toCandidate(text: string, archive: Candidate["archive"], where: string): Candidate {
  const field: Partial<Record<string, string>> = {};
  for (const [, name, value] of text.matchAll(FIELDS)) field[name!.toLowerCase()] ??= value!.trim();
  const { package: name, version, architecture, filename, size, sha256, source } = field;
  const complete = name && version && architecture && filename && /^\d+$/.test(size ?? "");
  if (!complete || !/^[0-9a-f]{64}$/.test(sha256 ?? "") || !isPoolPath(filename)) {
    throw new DebianError("invalid-index", `${where}: incomplete entry ${JSON.stringify(text.slice(0, 60))}`);
  }
  return {
    name,
    version,
    arch: architecture,
    archive,
    path: filename,
    size: Number(size),
    sha256: sha256!,
    ...(source !== undefined && { source }),
    priority: field["priority"] ?? "optional",
    relations: {
      "pre-depends": field["pre-depends"],
      depends: field["depends"],
      provides: field["provides"],
      conflicts: field["conflicts"],
      breaks: field["breaks"],
    },
  };
}

function isPoolPath(path: string): boolean {
  return /^pool\/[A-Za-z0-9.+_~/%-]+\.deb$/.test(path) && !path.split("/").includes("..");
}

/** A virtual package that a real one stands for; a versioned dependency accepts only a versioned provision. */
interface Provision {
  readonly name: string;
  readonly version?: string;
}

function provisionsOf(candidate: Candidate): readonly Provision[] {
  const provided = parseRelations(candidate.relations.provides, candidate.arch).flat();
  return provided.map(({ name, version }) => ({ name, ...(version !== undefined && { version }) }));
}

/** Whether installing this package fulfils the relation, by its own name or by what it provides. */
export function fulfils(candidate: Candidate, { name, operator, version }: Relation): boolean {
  const accepts = (found: string | undefined) =>
    operator === undefined || (found !== undefined && satisfies(found, operator, version!));
  if (candidate.name === name) return accepts(candidate.version);
  if (!candidate.relations.provides?.includes(name)) return false;
  return provisionsOf(candidate).some((each) => each.name === name && accepts(each.version));
}

const PRIORITIES = ["required", "important", "standard", "optional", "extra"];

/** All that the suites of a base offer for one architecture. */
export class PackageIndex {
  /** Newest first; of equal versions the first archive given. */
  readonly #byName = new Map<string, Candidate[]>();
  readonly #providers = new Map<string, Candidate[]>();

  constructor(candidates: Iterable<Candidate>) {
    for (const candidate of candidates) {
      append(this.#byName, candidate.name, candidate);
      for (const { name } of provisionsOf(candidate)) append(this.#providers, name, candidate);
    }
    for (const versions of this.#byName.values())
      versions.sort((a, b) => compareVersions(b.version, a.version));
    for (const providers of this.#providers.values()) providers.sort(byRank);
  }

  versions(name: string): readonly Candidate[] {
    return this.#byName.get(name) ?? [];
  }

  /** Packages that provide a virtual one: the most important first, then by name, then the newest. */
  providers(name: string): readonly Candidate[] {
    return this.#providers.get(name) ?? [];
  }

  names(): Iterable<string> {
    return this.#byName.keys();
  }
}

function byRank(a: Candidate, b: Candidate): number {
  const rank = PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  if (rank !== 0) return rank;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return compareVersions(b.version, a.version);
}

function append(map: Map<string, Candidate[]>, key: string, value: Candidate): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
