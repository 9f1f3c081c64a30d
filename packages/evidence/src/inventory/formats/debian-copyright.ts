import { stanzas } from "./stanzas.ts";

/**
 * The short names of all licences that a machine-readable copyright file names, as SPDX writes them where that is known
 * (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/). None for files in free form.
 */
export function declaredLicences(text: string): readonly string[] {
  const found = new Set<string>();
  let isMachineReadable: boolean | undefined;
  for (const stanza of stanzas(text)) {
    isMachineReadable ??= /copyright-format|dep5|dep-5/i.test(stanza.get("format") ?? "");
    if (!isMachineReadable) return [];
    const [name = ""] = (stanza.get("license") ?? "").split("\n");
    if (name !== "") found.add(toSpdx(name));
    if (found.size >= MAX_LICENCES) break;
  }
  return [...found];
}

/** No package has so many; what comes after is not looked at. */
const MAX_LICENCES = 200;

/** Debian's names of licences that SPDX calls something else; others are the same or not known to it. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["expat", "MIT"],
  ["bsd-2-clause", "BSD-2-Clause"],
  ["bsd-3-clause", "BSD-3-Clause"],
  ["bsd-4-clause", "BSD-4-Clause"],
  ["apache-2", "Apache-2.0"],
  ["artistic", "Artistic-1.0-Perl"],
  ["isc", "ISC"],
  ["zlib", "Zlib"],
  ["psf-2", "PSF-2.0"],
  ["cc0", "CC0-1.0"],
]);

/** `GPL-2+ or Artistic` → `GPL-2.0-or-later OR Artistic-1.0-Perl`; other forms stay as they are. */
function toSpdx(text: string): string {
  const words = text.trim().split(/\s+/);
  const isExpression = words.every((word, at) => at % 2 === 0 || /^(?:and|or)$/i.test(word));
  if (!isExpression) return text.trim();
  return words.map((word, at) => (at % 2 === 0 ? licence(word) : word.toUpperCase())).join(" ");
}

function licence(name: string): string {
  const [, family, version, plus] = /^(A?GPL|LGPL|GFDL)-(\d(?:\.\d)?)(\+)?$/i.exec(name) ?? [];
  if (family === undefined || version === undefined) return NAMES.get(name.toLowerCase()) ?? name;
  const number = version.includes(".") ? version : `${version}.0`;
  return `${family.toUpperCase()}-${number}-${plus === undefined ? "only" : "or-later"}`;
}
