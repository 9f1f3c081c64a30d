import { type Fields, isFields, listIn, textIn } from "../formats/content.ts";
import { toHashes } from "../formats/hashes.ts";
import { parsePurl } from "../purl.ts";
import type { Document, ListedPackage } from "./document.ts";

/** Kinds of components that somebody installs. */
const INSTALLABLE: ReadonlySet<string> = new Set(["application", "framework", "library", "platform"]);

/** https://cyclonedx.org/docs/1.6/json/ */
export function readCycloneDx(document: Fields): Document {
  const components = allComponents(document).filter(({ type }) => INSTALLABLE.has(String(type)));
  const packages = components.flatMap(toPackage);
  return {
    format: `CycloneDX ${textIn(document, "specVersion") ?? "of no version"}`.slice(0, 40),
    packages,
    unnamed: components.length - packages.length,
  };
}

/** Components may hold components, as deep as they like. */
function allComponents(document: Fields): readonly Fields[] {
  const found: Fields[] = [];
  const pending = [document];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const component of listIn(next, "components")) {
      found.push(component);
      pending.push(component);
    }
  }
  return found;
}

function toPackage(component: Fields): readonly ListedPackage[] {
  const named = parsePurl(textIn(component, "purl") ?? "");
  if (named === undefined) return [];
  const { supplier, publisher, evidence } = component;
  const by = isFields(supplier) ? textIn(supplier, "name") : publisher;
  return [
    {
      ...named,
      licenses: listIn(component, "licenses").flatMap(licenceOf),
      hashes: listIn(component, "hashes").flatMap((hash) =>
        toHashes(textIn(hash, "alg"), textIn(hash, "content")),
      ),
      places: isFields(evidence)
        ? listIn(evidence, "occurrences").flatMap((each) => textIn(each, "location") ?? [])
        : [],
      ...(typeof by === "string" && { supplier: by }),
    },
  ];
}

function licenceOf(choice: Fields): readonly string[] {
  const { license } = choice;
  const text =
    textIn(choice, "expression") ??
    (isFields(license) ? (textIn(license, "id") ?? textIn(license, "name")) : undefined);
  return text === undefined ? [] : [text];
}
