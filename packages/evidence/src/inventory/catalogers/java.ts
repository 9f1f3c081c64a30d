import { posix } from "node:path";
import type { Cataloger, NamedPackage } from "../cataloger.ts";
import { wholeOf } from "../formats/content.ts";
import { toHashes } from "../formats/hashes.ts";
import { type Jar, isJar, readJars } from "../formats/jar.ts";

/**
 * Java archives, those in archives too. Maven leaves its coordinates in what it builds, also where others repack it;
 * without them an archive has only the name of its file or its bundle, which no advisory knows.
 */
export function java(): Cataloger {
  return {
    name: "java",
    wants: ({ path }) => (isJar(path) ? 256 << 20 : undefined),
    async read(file, onProblem) {
      const jars = await readJars(wholeOf(file), file.entry.path, onProblem);
      return jars.flatMap(packagesIn);
    },
  };
}

interface Coordinates {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

function packagesIn(jar: Jar): readonly NamedPackage[] {
  const manifest = mainAttributes(jar.manifest ?? "");
  const licence = manifest.get("bundle-license");
  const common = {
    path: jar.path,
    licenses: licence === undefined || licence.includes("://") ? [] : [licence],
    ...supplierIn(manifest),
  };
  const all = jar.poms.flatMap(coordinatesIn);
  if (all.length === 0) {
    const named = nameOf(jar, manifest);
    return named === undefined
      ? []
      : [{ ...common, ...named, type: "generic", hashes: toHashes("SHA-1", jar.sha1) }];
  }
  return all.map(({ group, artifact, version }) => {
    const isItself = all.length === 1 || stemOf(jar) === `${artifact}-${version}`;
    const own = isItself
      ? { ...common, hashes: toHashes("SHA-1", jar.sha1) }
      : { path: jar.path, licenses: [], hashes: [] };
    return { ...own, type: "maven", name: `${group}:${artifact}`, version };
  });
}

function stemOf({ path }: Jar): string {
  return posix.basename(path).replace(/\.\w+$/, "");
}

/** `pom.properties`: lines of `name=value`. */
function coordinatesIn(pom: string): readonly Coordinates[] {
  const fields = new Map<string, string>();
  for (const line of pom.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0 && !line.startsWith("#")) fields.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  const [group, artifact, version] = ["groupId", "artifactId", "version"].map((name) => fields.get(name));
  return group === undefined || artifact === undefined || version === undefined
    ? []
    : [{ group, artifact, version }];
}

/** The first section of a manifest; a line that begins with a space goes on with the one before (JAR specification). */
function mainAttributes(text: string): ReadonlyMap<string, string> {
  const [main = ""] = text.replaceAll("\r\n", "\n").replaceAll("\n ", "").split("\n\n", 1);
  const lines = main.split("\n").map((line) => [line.indexOf(":"), line] as const);
  return new Map(
    lines
      .filter(([colon]) => colon > 0)
      .map(([colon, line]) => [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const),
  );
}

/** `guava-33.0.0-jre.jar`; else what bundles and builds call themselves. */
function nameOf(
  jar: Jar,
  manifest: ReadonlyMap<string, string>,
): { readonly name: string; readonly version: string } | undefined {
  const [, stem, number] = /^(.+?)-(\d[\w.+-]*)$/.exec(stemOf(jar)) ?? [];
  const named = [
    [stem, number],
    [manifest.get("bundle-symbolicname")?.split(";")[0], manifest.get("bundle-version")],
    [manifest.get("implementation-title"), manifest.get("implementation-version")],
  ].find(([name = "", version = ""]) => /^[\w.+-]+$/.test(name) && /^[\w.+-]+$/.test(version));
  return named === undefined ? undefined : { name: named[0]!, version: named[1]! };
}

function supplierIn(manifest: ReadonlyMap<string, string>): { readonly supplier?: string } {
  const supplier = manifest.get("bundle-vendor") ?? manifest.get("implementation-vendor");
  return supplier === undefined || supplier.includes("%") ? {} : { supplier };
}
