/** Fields of one paragraph. A value that goes on, or a field given again, is several lines, without indentation. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Paragraphs of `Name: value` lines parted by empty ones, as Debian, Python and mail write them (deb822(5)). A line
 * that is nothing of the kind is skipped. Field names are in lower case.
 */
export function* stanzas(text: string): Generator<Stanza> {
  let fields = new Map<string, string>();
  let current: string | undefined;
  for (const line of lines(text)) {
    if (line.trim() === "") {
      if (fields.size > 0) yield fields;
      fields = new Map();
      current = undefined;
    } else if (line.startsWith(" ") || line.startsWith("\t")) {
      if (current !== undefined) add(fields, current, line.trim());
    } else {
      const colon = line.indexOf(":");
      current = colon > 0 ? line.slice(0, colon).toLowerCase() : undefined;
      if (current !== undefined) add(fields, current, line.slice(colon + 1).trim());
    }
  }
  if (fields.size > 0) yield fields;
}

function add(fields: Map<string, string>, name: string, line: string): void {
  const before = fields.get(name);
  fields.set(name, before === undefined ? line : `${before}\n${line}`);
}

/** One after the other: databases of packages are megabytes of short lines. */
function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n", at);
    yield text.slice(at, end < 0 ? undefined : end);
    at = end < 0 ? text.length : end + 1;
  }
}
