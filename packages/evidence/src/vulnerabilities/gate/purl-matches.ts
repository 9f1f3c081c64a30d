import { PackageURL } from "packageurl-js";

/**
 * Whether a package URL is what a pattern speaks of: what the pattern leaves out may be anything. Compared in parts,
 * because one package can be written in several ways.
 */
export function purlMatches(pattern: string, purl: string): boolean {
  const [wanted, found] = [parse(pattern), parse(purl)];
  if (wanted === undefined || found === undefined) return false;
  const same = (part: "type" | "namespace" | "name"): boolean => (wanted[part] ?? "") === (found[part] ?? "");
  return (
    same("type") &&
    same("namespace") &&
    same("name") &&
    (wanted.version ?? found.version) === found.version &&
    Object.entries(wanted.qualifiers ?? {}).every(([name, value]) => found.qualifiers?.[name] === value)
  );
}

/** Undefined where it is no package URL. */
export function parse(text: string): PackageURL | undefined {
  try {
    return PackageURL.fromString(text);
  } catch {
    return undefined;
  }
}
