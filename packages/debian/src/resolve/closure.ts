import { DebianError } from "../error.ts";
import { nearestName } from "./nearest-name.ts";
import { fulfils } from "./package-index.ts";
import type { Candidate, PackageIndex } from "./package-index.ts";
import { formatRelation, parseRelations } from "./relation.ts";
import type { Relation } from "./relation.ts";

export interface Wanted {
  readonly packages: readonly string[];
  /** Names, real or virtual, whose absence is accepted. */
  readonly omit: readonly string[];
  /** Said in messages: `trixie amd64`. */
  readonly where: string;
}

/** A bound on a package's version, and the package that set it. */
interface Bound {
  readonly relation: Relation;
  readonly by: string;
}

/** A choice made earlier proved too new or too old: the closure is made again with what was learnt. */
class Restart extends Error {}

const MAX_RESTARTS = 200;

/**
 * The packages asked for and all they depend on (`Pre-Depends`, `Depends`), sorted by name: of each the newest version
 * that everything accepts. Essential packages are not added by themselves.
 * @throws DebianError `package-not-found`, `unsatisfiable`, `package-conflict`
 */
export function closure(index: PackageIndex, wanted: Wanted): readonly Candidate[] {
  const bounds = new Map<string, Bound[]>();
  for (let attempt = 0; attempt < MAX_RESTARTS; attempt++) {
    try {
      const chosen = new Selection(index, wanted, bounds).run();
      checkConflicts(chosen, wanted);
      return chosen;
    } catch (error) {
      if (!(error instanceof Restart)) throw error;
    }
  }
  throw new DebianError(
    "unsatisfiable",
    `${wanted.where}: versions contradict each other after ${MAX_RESTARTS} tries`,
  );
}

class Selection {
  readonly #index: PackageIndex;
  readonly #wanted: Wanted;
  readonly #bounds: Map<string, Bound[]>;
  readonly #chosen = new Map<string, Candidate>();
  readonly #queue: Candidate[] = [];

  constructor(index: PackageIndex, wanted: Wanted, bounds: Map<string, Bound[]>) {
    this.#index = index;
    this.#wanted = wanted;
    this.#bounds = bounds;
  }

  run(): readonly Candidate[] {
    // All names asked for come first, so that an alternative they fulfil adds nothing else.
    for (const name of this.#wanted.packages) this.#choose(this.#named(name));
    for (let at = 0; at < this.#queue.length; at++) {
      const candidate = this.#queue[at]!;
      for (const field of ["pre-depends", "depends"] as const) {
        for (const group of parseRelations(candidate.relations[field], candidate.arch))
          this.#require(group, candidate);
      }
    }
    return [...this.#chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #named(name: string): Candidate {
    const found = this.#newest(name) ?? this.#index.providers(name)[0];
    if (found !== undefined) return found;
    const nearest = nearestName(name, this.#index.names());
    throw new DebianError(
      "package-not-found",
      `${this.#wanted.where}: there is no package ${JSON.stringify(name)}`,
      {
        ...(nearest !== undefined && { hint: `did you mean "${nearest}"?` }),
      },
    );
  }

  #require(group: readonly Relation[], by: Candidate): void {
    if (group.some(({ name }) => this.#wanted.omit.includes(name))) return;
    if (group.some((relation) => this.#isFulfilled(relation))) return;
    for (const relation of group) {
      const candidate = this.#candidateFor(relation, by);
      if (candidate !== undefined) return this.#choose(candidate);
    }
    throw this.#unsatisfiable(group, by);
  }

  #isFulfilled(relation: Relation): boolean {
    const named = this.#chosen.get(relation.name);
    if (named !== undefined && fulfils(named, relation)) return true;
    return this.#index
      .providers(relation.name)
      .some((provider) => this.#chosen.get(provider.name) === provider && fulfils(provider, relation));
  }

  #candidateFor(relation: Relation, by: Candidate): Candidate | undefined {
    const bound: Bound = { relation, by: `${by.name} ${by.version}` };
    const real = this.#newest(relation.name, bound);
    if (real === undefined) {
      return this.#index
        .providers(relation.name)
        .find(
          (provider) =>
            fulfils(provider, relation) && (this.#chosen.get(provider.name) ?? provider) === provider,
        );
    }
    const before = this.#bounds.get(relation.name) ?? [];
    if (!before.some((known) => formatRelation(known.relation) === formatRelation(relation))) {
      this.#bounds.set(relation.name, [...before, bound]);
    }
    if (this.#chosen.has(relation.name)) throw new Restart();
    return real;
  }

  /** The newest version within all bounds known so far, and within one more. */
  #newest(name: string, extra?: Bound): Candidate | undefined {
    const bounds = [...(this.#bounds.get(name) ?? []), ...(extra === undefined ? [] : [extra])];
    return this.#index.versions(name).find((one) => bounds.every(({ relation }) => fulfils(one, relation)));
  }

  #choose(candidate: Candidate): void {
    if (this.#chosen.has(candidate.name)) return;
    this.#chosen.set(candidate.name, candidate);
    this.#queue.push(candidate);
  }

  #unsatisfiable(group: readonly Relation[], by: Candidate): DebianError {
    const found = group.map(({ name }) => {
      const versions = this.#index.versions(name).map(({ version }) => version);
      const others = (this.#bounds.get(name) ?? []).map(
        (bound) => `${bound.by} wants ${formatRelation(bound.relation)}`,
      );
      return [`${name}: ${versions.length === 0 ? "no such package" : versions.join(", ")}`, ...others].join(
        "; ",
      );
    });
    return new DebianError(
      "unsatisfiable",
      `${this.#wanted.where}: ${by.name} ${by.version} depends on ${group.map(formatRelation).join(" | ")}, found ${found.join("; ")}`,
      { hint: `put the name into "omit" if only maintainer scripts need it` },
    );
  }
}

/** @throws DebianError `package-conflict` */
function checkConflicts(chosen: readonly Candidate[], { where }: Wanted): void {
  for (const candidate of chosen) {
    for (const field of ["conflicts", "breaks"] as const) {
      for (const relation of parseRelations(candidate.relations[field], candidate.arch).flat()) {
        const other = chosen.find((one) => one !== candidate && fulfils(one, relation));
        if (other === undefined) continue;
        throw new DebianError(
          "package-conflict",
          `${where}: ${candidate.name} ${candidate.version} ${field} ${formatRelation(relation)}, which ${other.name} ${other.version} is`,
          { hint: "take one of the two out of the base" },
        );
      }
    }
  }
}
