import { DebianError } from "../error.ts";
import type { VersionOperator } from "./version.ts";

/** One package a relationship field names, with the versions it accepts. */
export interface Relation {
  readonly name: string;
  readonly operator?: VersionOperator;
  readonly version?: string;
}

const RELATION =
  /^(?<name>[a-zA-Z0-9][a-zA-Z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(?<operator><<|<=|=|>=|>>|<|>)\s*(?<version>[^\s)]+)\s*\))?\s*(?:\[(?<archs>[^\]]*)\])?\s*$/;

/**
 * A relationship field (Debian policy 7.1): groups that must all hold, each a list of alternatives. Architecture
 * qualifiers (`:any`) are dropped, for there is only one architecture in a base; groups for others are left out.
 * @throws DebianError `invalid-index`
 */
export function parseRelations(field: string | undefined, arch: string): readonly (readonly Relation[])[] {
  if (field === undefined || field.trim() === "") return [];
  const groups: Relation[][] = [];
  for (const group of field.split(",")) {
    if (group.trim() === "") continue;
    const alternatives = group.split("|").flatMap((text) => parseRelation(text.trim(), arch));
    if (alternatives.length > 0) groups.push(alternatives);
  }
  return groups;
}

function parseRelation(text: string, arch: string): readonly Relation[] {
  const found = RELATION.exec(text)?.groups;
  if (found === undefined) {
    throw new DebianError(
      "invalid-index",
      `relationship ${JSON.stringify(text.slice(0, 80))}: expected "name (>= version)"`,
    );
  }
  const { name, operator, version, archs } = found;
  if (archs !== undefined && !appliesTo(archs, arch)) return [];
  if (operator === undefined || version === undefined) return [{ name: name! }];
  return [{ name: name!, operator: strict(operator), version }];
}

/** The obsolete `<` and `>` mean "or equal" (policy 7.1). */
function strict(operator: string): VersionOperator {
  if (operator === "<") return "<=";
  if (operator === ">") return ">=";
  return operator as VersionOperator;
}

function appliesTo(list: string, arch: string): boolean {
  const names = list.trim().split(/\s+/);
  const wanted = new Set([arch, `linux-${arch}`, "any", "linux-any"]);
  if (names.every((name) => name.startsWith("!"))) return !names.some((name) => wanted.has(name.slice(1)));
  return names.some((name) => wanted.has(name));
}

export function formatRelation({ name, operator, version }: Relation): string {
  return operator === undefined ? name : `${name} (${operator} ${version})`;
}
