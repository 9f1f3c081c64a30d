/** Fields of foreign JSON; what is not of the kind asked for is not there. */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function countOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** A map of texts, or the list of `name=value` that Compose also takes for one. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  const pairs = Array.isArray(value) ? value.map(pairOf) : Object.entries(fieldsOf(value));
  return Object.fromEntries(pairs.map(([name, text]) => [name, wordOf(text)]));
}

function pairOf(entry: unknown): readonly [string, string] {
  const [name = "", ...rest] = wordOf(entry).split("=");
  return [name, rest.join("=")];
}

/** YAML reads some texts as numbers and flags. */
function wordOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
