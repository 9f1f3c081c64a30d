/** A setting as people write it: one entry a line; blank lines and lines that start with `#` say nothing. */
export interface Entry {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export function entriesOf(text: string): readonly Entry[] {
  return text
    .split(/\r?\n/)
    .map((line, at) => ({ text: line.trim(), line: at + 1 }))
    .filter((entry) => entry.text !== "" && !entry.text.startsWith("#"));
}

/**
 * The fields of one line of CSV (RFC 4180): commas separate, a field in double quotes may have commas and doubled
 * quotes. Undefined where a quote is not closed or something stands beside a quoted field.
 */
export function csvFields(line: string): readonly string[] | undefined {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(?=,|$)/.exec(rest);
    const found = quoted ?? /^([^",][^,]*)?(?=,|$)/.exec(rest);
    if (found === null) return undefined;
    fields.push(quoted === null ? (found[1] ?? "") : found[1]!.replaceAll('""', '"'));
    rest = rest.slice(found[0].length);
    if (rest === "") return fields;
    rest = rest.slice(1);
  }
}

/** `key=value` at the first `=`; a field without a key is a value alone. */
export function pairOf(field: string): { readonly key?: string; readonly value: string } {
  const at = field.indexOf("=");
  if (at < 1) return { value: field.trim() };
  return { key: field.slice(0, at).trim().toLowerCase(), value: field.slice(at + 1).trim() };
}
