import type { TarEntry } from "@seaworthy/oci";
import type { Visible } from "../../image/visible.ts";
import type { LayerFile } from "../../image/visitor.ts";
import type { Cataloger, LocatedPackage, NamedPackage, OnProblem } from "../cataloger.ts";
import { wholeOf } from "../formats/content.ts";
import { declaredLicences } from "../formats/debian-copyright.ts";
import { toHashes } from "../formats/hashes.ts";
import { type Stanza, stanzas } from "../formats/stanzas.ts";

const STATUS = "var/lib/dpkg/status";
/** A file for each package, in images without dpkg. */
const STATUS_FILES = `${STATUS}.d/`;
const DOC = "usr/share/doc/";
const COPYRIGHT = "/copyright";

/** Debian's packages, with what their copyright files declare in the machine-readable format. */
export function dpkg(): Cataloger {
  const licences = new Map<string, readonly string[]>();
  return {
    name: "dpkg",
    wants({ path }) {
      if (path === STATUS) return 32 << 20;
      if (path.startsWith(STATUS_FILES)) return path.endsWith(".md5sums") ? undefined : 1 << 20;
      return isCopyright(path) ? 8 << 20 : undefined;
    },
    read(file, onProblem) {
      if (!isCopyright(file.entry.path)) return installed(file, onProblem);
      licences.set(keyOf(file.entry, file.layer), declaredLicences(wholeOf(file).toString("utf8")));
      return [];
    },
    finish: (packages, image) => packages.map((found) => withLicences(found, image, licences)),
  };
}

function isCopyright(path: string): boolean {
  return path.startsWith(DOC) && path.endsWith(COPYRIGHT) && path.split("/").length === 5;
}

function keyOf({ path }: Pick<TarEntry, "path">, layer: number): string {
  return `${layer} ${path}`;
}

function withLicences(
  found: LocatedPackage,
  image: Visible,
  licences: ReadonlyMap<string, readonly string[]>,
): LocatedPackage {
  // Packages of one source often share a folder of documentation by a link.
  const file = image.fileAt(`${DOC}${found.name}${COPYRIGHT}`);
  const declared = file === undefined ? undefined : licences.get(keyOf(file, file.layer));
  return declared === undefined ? found : { ...found, licenses: declared };
}

function* installed(file: LayerFile, onProblem: OnProblem): Generator<NamedPackage> {
  let broken = 0;
  for (const stanza of stanzas(wholeOf(file).toString("utf8"))) {
    if (!isUnpacked(stanza.get("status"))) continue;
    const named = toPackage(stanza);
    if (named === undefined) broken++;
    else yield named;
  }
  if (broken > 0) onProblem(`${broken} entries without name or version`);
}

/** dpkg(1), "Package states". Files in `status.d` may have no such line: there everything is installed. */
function isUnpacked(status: string | undefined): boolean {
  const state = status?.split(/\s+/)[2];
  return state !== "not-installed" && state !== "config-files";
}

function toPackage(stanza: Stanza): NamedPackage | undefined {
  const [name, version, arch, supplier] = ["package", "version", "architecture", "maintainer"].map((field) =>
    stanza.get(field),
  );
  if (name === undefined || version === undefined) return undefined;
  const [, sourceName = name, sourceVersion = version] =
    /^(\S+)(?:\s+\(([^)\s]+)\))?$/.exec(stanza.get("source") ?? name) ?? [];
  return {
    type: "deb",
    name,
    version,
    licenses: [],
    // Not dpkg's own: the bases that Seaworthy assembles say it of the archive.
    hashes: toHashes("SHA-256", stanza.get("sha256")),
    source: { name: sourceName, version: sourceVersion },
    ...(arch !== undefined && { arch }),
    ...(supplier !== undefined && { supplier }),
  };
}
