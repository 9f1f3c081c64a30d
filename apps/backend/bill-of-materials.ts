import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";

import type { Plugin } from "rolldown";

import { type BundledPackage, bundledPackages } from "./bundled-packages.ts";

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

interface Application {
  readonly name: string;
  readonly version: string;
}

/**
 * Writes which packages went into a bundle beside it, with the hashes of the lockfile: nothing else in the image says
 * so, and an advisory about one of them has to find it. The format is CycloneDX 1.6
 * (https://cyclonedx.org/docs/1.6/json/), without a time or a serial number: the same bundle, the same bytes.
 */
export function billOfMaterials(fileName: string, application: Application, lockfile: string): Plugin {
  return {
    name: "bill-of-materials",
    generateBundle(_options, bundle) {
      const packages = bundledPackages(bundle);
      if (packages.length === 0) return;
      const lock = JSON.parse(readFileSync(lockfile, "utf8")) as Lockfile;
      const document = {
        bomFormat: "CycloneDX",
        specVersion: "1.6",
        version: 1,
        metadata: {
          component: { type: "application", name: application.name, version: application.version },
        },
        components: packages.map((each) => component(each, lock, dirname(lockfile))),
      };
      this.emitFile({ type: "asset", fileName, source: `${JSON.stringify(document, null, 2)}\n` });
    },
  };
}

function component(
  { folder, name, version, license, author }: BundledPackage,
  lock: Lockfile,
  root: string,
): object {
  const purl = `pkg:npm/${name.split("/").map(encodeURIComponent).join("/")}@${encodeURIComponent(version)}`;
  const [, sha512] = /\bsha512-(\S+)/.exec(lock.packages[relative(root, folder)]?.integrity ?? "") ?? [];
  if (sha512 === undefined) throw new Error(`${name} ${version}: no hash of it in the lockfile`);
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    ...(author !== undefined && { supplier: { name: author } }),
    ...(license !== undefined && { licenses: [{ expression: license }] }),
    hashes: [{ alg: "SHA-512", content: Buffer.from(sha512, "base64").toString("hex") }],
    purl,
  };
}
