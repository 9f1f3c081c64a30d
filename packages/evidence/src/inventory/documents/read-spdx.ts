import { type Fields, listIn, textIn } from "../formats/content.ts";
import { toHashes } from "../formats/hashes.ts";
import { parsePurl } from "../purl.ts";
import type { Document, ListedPackage } from "./document.ts";

/** https://spdx.github.io/spdx-spec/v2.3/ */
export function readSpdx(document: Fields): Document {
  const described = new Set(describedBy(document));
  const listed = listIn(document, "packages").filter(
    // What the document is about is often an image or a folder, which has no URL and is no package.
    (each) => purlIn(each) !== undefined || !described.has(each["SPDXID"]),
  );
  const packages = listed.flatMap(toPackage);
  return {
    format: textIn(document, "spdxVersion")?.slice(0, 40) ?? "SPDX",
    packages,
    unnamed: listed.length - packages.length,
  };
}

function describedBy(document: Fields): readonly unknown[] {
  const { documentDescribes } = document;
  const related = listIn(document, "relationships")
    .filter(({ relationshipType }) => relationshipType === "DESCRIBES")
    .map(({ relatedSpdxElement }) => relatedSpdxElement);
  return [...related, ...(Array.isArray(documentDescribes) ? (documentDescribes as unknown[]) : [])];
}

function purlIn(listed: Fields): string | undefined {
  const reference = listIn(listed, "externalRefs").find(({ referenceType }) => referenceType === "purl");
  return reference === undefined ? undefined : textIn(reference, "referenceLocator");
}

function toPackage(listed: Fields): readonly ListedPackage[] {
  const named = parsePurl(purlIn(listed) ?? "");
  if (named === undefined) return [];
  const [, supplier] = /^(?:Organization|Person): ([^(]+)/.exec(textIn(listed, "supplier") ?? "") ?? [];
  return [
    {
      ...named,
      licenses: licencesOf(listed),
      hashes: listIn(listed, "checksums").flatMap((each) =>
        toHashes(textIn(each, "algorithm"), textIn(each, "checksumValue")),
      ),
      places: [],
      ...(supplier !== undefined && { supplier: supplier.trim() }),
    },
  ];
}

function licencesOf(listed: Fields): readonly string[] {
  const said = ["licenseConcluded", "licenseDeclared"].map((field) => textIn(listed, field));
  const found = said.find((each) => each !== undefined && each !== "NOASSERTION" && each !== "NONE");
  return found === undefined ? [] : [found];
}
