import type { Cataloger, NamedPackage, OnProblem } from "../cataloger.ts";
import { wholeOf } from "../formats/content.ts";

/** The second one since Alpine merged `/usr`. */
const DATABASES: ReadonlySet<string> = new Set(["lib/apk/db/installed", "usr/lib/apk/db/installed"]);

/** Alpine's packages: paragraphs of `X:value` lines (apk-installed database, https://wiki.alpinelinux.org/wiki/Apk_spec). */
export function apk(): Cataloger {
  return {
    name: "apk",
    wants: ({ path }) => (DATABASES.has(path) ? 64 << 20 : undefined),
    read: (file, onProblem) => installed(wholeOf(file).toString("utf8"), onProblem),
  };
}

function* installed(text: string, onProblem: OnProblem): Generator<NamedPackage> {
  let broken = 0;
  for (const paragraph of text.split(/\n\s*\n/)) {
    if (paragraph.trim() === "") continue;
    const named = toPackage(fieldsOf(paragraph));
    if (named === undefined) broken++;
    else yield named;
  }
  if (broken > 0) onProblem(`${broken} entries without name or version`);
}

/** Letters in upper and lower case are different fields. Those of files come after those of the package. */
function fieldsOf(paragraph: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of paragraph.split("\n")) {
    const name = line.slice(0, 1);
    if (line[1] === ":" && !fields.has(name)) fields.set(name, line.slice(2).trim());
  }
  return fields;
}

function toPackage(fields: ReadonlyMap<string, string>): NamedPackage | undefined {
  const [name, version, arch, licence, supplier] = ["P", "V", "A", "L", "m"].map((field) =>
    fields.get(field),
  );
  if (name === undefined || version === undefined) return undefined;
  return {
    type: "apk",
    name,
    version,
    licenses: licence === undefined ? [] : [licence],
    hashes: [],
    source: { name: fields.get("o") ?? name, version },
    ...(arch !== undefined && { arch }),
    ...(supplier !== undefined && { supplier }),
  };
}
