import { dirname } from "node:path/posix";
import type { LayerFile } from "../../image/visitor.ts";
import type { Cataloger, NamedPackage } from "../cataloger.ts";
import { type Fields, isFields, jsonObject, textIn, wholeOf } from "../formats/content.ts";
import { readNpmLock } from "../formats/npm-lock.ts";
import type { Package } from "../package.ts";

const MANIFEST = "/package.json";
/** Folders inside a package may have a manifest too; they are no packages. */
const INSTALLED = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/;
/** What npm writes into `node_modules` about what it put there. */
const RECORD = "node_modules/.package-lock.json";

/** npm packages that lie in a `node_modules`, whoever put them there; hashes where npm left its record. */
export function npmInstalled(): Cataloger {
  const hashes = new Map<string, Package["hashes"]>();
  return {
    name: "npm",
    wants({ path }) {
      if (path.endsWith(MANIFEST)) return INSTALLED.test(path) ? 4 << 20 : undefined;
      return path === RECORD || path.endsWith(`/${RECORD}`) ? 32 << 20 : undefined;
    },
    read(file) {
      if (file.entry.path.endsWith(MANIFEST)) return installed(file);
      const folder = dirname(dirname(file.entry.path));
      for (const { path, name, version, hashes: known } of readNpmLock(wholeOf(file)))
        hashes.set(keyOf(folder === "." ? path : `${folder}/${path}`, { name, version }), known);
      return [];
    },
    finish: (packages) =>
      packages.map((found) => ({ ...found, hashes: hashes.get(keyOf(dirname(found.path), found)) ?? [] })),
  };
}

function keyOf(folder: string, { name, version }: Pick<NamedPackage, "name" | "version">): string {
  return `${folder}\n${name}\n${version}`;
}

function installed(file: LayerFile): readonly NamedPackage[] {
  const manifest = jsonObject(wholeOf(file));
  const name = textIn(manifest, "name");
  const version = textIn(manifest, "version");
  // Private parts of an application have neither, and nobody publishes advisories about them.
  if (name === undefined || version === undefined) return [];
  const supplier = nameIn(manifest["author"]);
  return [
    {
      type: "npm",
      name,
      version,
      licenses: licencesOf(manifest),
      hashes: [],
      ...(supplier !== undefined && { supplier }),
    },
  ];
}

/** A text or, in old manifests, an object or a list of them. */
function licencesOf(manifest: Fields): readonly string[] {
  const { license, licenses } = manifest;
  return [license, ...(Array.isArray(licenses) ? (licenses as unknown[]) : [])].flatMap((each) => {
    const text = isFields(each) ? textIn(each, "type") : each;
    return typeof text === "string" ? [text] : [];
  });
}

function nameIn(person: unknown): string | undefined {
  return isFields(person) ? textIn(person, "name") : typeof person === "string" ? person : undefined;
}
