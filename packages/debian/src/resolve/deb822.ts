/** Fields of one stanza by lower-case name (they are case-insensitive); continuation lines keep their newline. */
export type Stanza = ReadonlyMap<string, string>;

/** One stanza of a control file (Debian policy 5.1). Comment lines are skipped; the first of a doubled field holds. */
export function parseStanza(text: string): Stanza {
  const fields = new Map<string, string>();
  let name: string | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("#") || line.trim() === "") continue;
    if (line.startsWith(" ") || line.startsWith("\t")) {
      if (name !== undefined) fields.set(name, `${fields.get(name)}\n${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(":");
    name = colon > 0 ? line.slice(0, colon).toLowerCase() : undefined;
    if (name === undefined) continue;
    if (fields.has(name)) name = undefined;
    else fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

/** The stanzas of a text that is already in memory. */
export function splitStanzas(text: string): readonly string[] {
  return text
    .replaceAll("\r\n", "\n")
    .split(/\n(?:[ \t]*\n)+/)
    .filter((part) => part.trim() !== "");
}

/** The stanzas of a stream, cut at empty lines, without holding all of it. */
export async function* streamStanzas(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  for await (const chunk of source) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf("\n\n");
    if (end < 0) {
      rest = text;
      continue;
    }
    rest = text.slice(end + 2);
    for (const part of text.slice(0, end).split("\n\n")) if (part !== "") yield part;
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield rest;
}
