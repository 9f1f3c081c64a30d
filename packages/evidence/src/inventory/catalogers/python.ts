import { posix } from "node:path";
import type { Cataloger, NamedPackage } from "../cataloger.ts";
import { beginningOf } from "../formats/content.ts";
import { type Stanza, stanzas } from "../formats/stanzas.ts";

/** Python packages by their core metadata (https://packaging.python.org/en/latest/specifications/core-metadata/). */
export function python(): Cataloger {
  return {
    name: "python",
    // The fields come first; a long description may follow.
    wants: ({ path }) => (isMetadata(path) ? 1 << 20 : undefined),
    read(file) {
      const [fields] = stanzas(beginningOf(file).toString("utf8"));
      return fields === undefined ? [] : toPackage(fields);
    },
  };
}

/** Wheels' `x.dist-info/METADATA`, setuptools' `x.egg-info/PKG-INFO`, and distutils' file `x.egg-info`. */
function isMetadata(path: string): boolean {
  return (
    path.endsWith(".dist-info/METADATA") ||
    path.endsWith(".egg-info/PKG-INFO") ||
    (path.endsWith(".egg-info") && posix.basename(path) !== ".egg-info")
  );
}

function toPackage(fields: Stanza): readonly NamedPackage[] {
  const name = fields.get("name");
  const version = fields.get("version");
  if (name === undefined || version === undefined) throw new Error("expected Name and Version, found none");
  const supplier = ["author", "maintainer", "author-email", "maintainer-email"]
    .map((field) => fields.get(field))
    .find((value) => value !== undefined && value !== "" && value !== "UNKNOWN");
  return [
    {
      type: "pypi",
      name,
      version,
      licenses: licenceOf(fields),
      hashes: [],
      ...(supplier !== undefined && { supplier }),
    },
  ];
}

const CLASSIFIER = "License :: OSI Approved :: ";

/** The field of the new metadata is an expression; the old one is what people felt like, the whole text now and then. */
function licenceOf(fields: Stanza): readonly string[] {
  const text = fields.get("license-expression") ?? fields.get("license") ?? "";
  if (text !== "" && text !== "UNKNOWN" && !text.includes("\n")) return [text];
  const classifiers = (fields.get("classifier") ?? "").split("\n");
  return classifiers
    .filter((each) => each.startsWith(CLASSIFIER))
    .map((each) => each.slice(CLASSIFIER.length));
}
