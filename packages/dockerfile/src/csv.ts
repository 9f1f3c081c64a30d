import { DockerfileError } from "./error.ts";
import { quote } from "./quote.ts";

/** One line of comma separated fields; a field in double quotes may hold commas and doubled quotes. */
export function parseFields(text: string): readonly string[] {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  do {
    const match = field.exec(text);
    if (match === null) {
      throw new DockerfileError("invalid-value", `expected comma separated options, found ${quote(text)}`);
    }
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === "") return fields;
  } while (field.lastIndex <= text.length);
  return fields;
}
