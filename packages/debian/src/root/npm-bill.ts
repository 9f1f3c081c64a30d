import type { UnpackedNpm } from "./unpacked.ts";
import type { RootWriter } from "./writer.ts";

const PATH = "usr/share/sbom/seaworthy-base.cdx.json";

/**
 * Says which npm packages are in the base, for inventories: nothing else in the root does. A CycloneDX document
 * (https://cyclonedx.org/docs/1.6/json/) of the lock's names, versions and hashes; each component tells a place, so that
 * one is not believed to be there when a later layer has deleted it.
 */
export function writeNpmBill(root: RootWriter, npm: readonly UnpackedNpm[]): void {
  if (npm.length === 0) return;
  const components = npm.flatMap((each) => {
    const occurrences = placesOf(root, each);
    return [packageOf(each, occurrences), ...runtimeOf(each, occurrences)];
  });
  const document = { bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components };
  root.file(PATH, `${JSON.stringify(document, null, 2)}\n`);
}

interface Occurrence {
  readonly location: string;
}

/** The manifest where it is in the root, else the first file. */
function placesOf({ tree }: RootWriter, { entries }: UnpackedNpm): readonly Occurrence[] {
  const paths = entries.map(({ path }) => path).toSorted((a, b) => (a < b ? -1 : 1));
  const manifests = paths.filter((path) => path.endsWith("/package.json"));
  const [shortest] = manifests.toSorted((a, b) => a.length - b.length);
  const place = shortest ?? paths[0];
  return place === undefined ? [] : [{ location: `/${tree.locate(place)}` }];
}

function packageOf({ locked, license }: UnpackedNpm, occurrences: readonly Occurrence[]): object {
  const { name, version, integrity } = locked;
  const purl = `pkg:npm/${name.split("/").map(encodeURIComponent).join("/")}@${encodeURIComponent(version)}`;
  const [, content = ""] = /^sha512-(.+)$/.exec(integrity) ?? [];
  return {
    "bom-ref": purl,
    type: "library",
    name,
    version,
    ...(license !== undefined && { licenses: [{ expression: license }] }),
    hashes: [{ alg: "SHA-512", content: Buffer.from(content, "base64").toString("hex") }],
    purl,
    evidence: { occurrences },
  };
}

/** Node for Linux is published as one npm package for each architecture; advisories are about Node. */
function runtimeOf({ locked }: UnpackedNpm, occurrences: readonly Occurrence[]): readonly object[] {
  if (!locked.name.startsWith("node-linux-")) return [];
  const purl = `pkg:generic/node@${locked.version}`;
  return [
    {
      "bom-ref": purl,
      type: "platform",
      name: "node",
      version: locked.version,
      cpe: `cpe:2.3:a:nodejs:node.js:${locked.version}:*:*:*:*:*:*:*`,
      purl,
      evidence: { occurrences },
    },
  ];
}
