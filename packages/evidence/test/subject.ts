import { digestOf } from "@seaworthy/oci";
import type { Distro, Inventory, Package, PackageType } from "../src/inventory/package.ts";
import type { ScanSubject } from "../src/vulnerabilities/scanner.ts";

export const DEBIAN_12: Distro = { id: "debian", version: "12" };

/** `deb libc6 2.36-9+deb12u1 glibc`: type, name, version and, where it has another name, the source package. */
export function packageOf(text: string, layer = 0): Package {
  const [type = "", name = "", version = "", source] = text.split(" ");
  return {
    type: type as PackageType,
    name,
    version,
    purl: purlOf(type, name, version),
    licenses: [],
    hashes: [],
    locations: [{ path: PATHS[type] ?? `app/${name}`, layer }],
    ...(source === undefined ? {} : { source: { name: source, version } }),
    foundBy: "test",
  };
}

const PATHS: Readonly<Record<string, string>> = {
  deb: "var/lib/dpkg/status",
  apk: "lib/apk/db/installed",
};
const NAMESPACES: Readonly<Record<string, string>> = { deb: "debian/", apk: "alpine/" };

function purlOf(type: string, name: string, version: string): string {
  const path = `${NAMESPACES[type] ?? ""}${name.replace(":", "/").replace("@", "%40")}`;
  return `pkg:${type}/${path}@${encodeURIComponent(version)}`;
}

export function inventoryOf(packages: readonly string[], distro?: Distro): Inventory {
  const found = packages.map((text) => packageOf(text)).toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
  return { packages: found, ...(distro === undefined ? {} : { distro }), merged: [], problems: [] };
}

/** An image that holds these packages; it is not stored anywhere. */
export function subjectOf(inventory: Inventory, layers = 2): ScanSubject {
  const diffIds = Array.from({ length: layers }, (_, at) => digestOf(`layer ${at}`));
  return {
    inventory,
    image: {
      manifest: {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: digestOf("manifest"),
        size: 8,
      },
      config: {
        os: "linux",
        architecture: "amd64",
        rootfs: { type: "layers", diff_ids: diffIds },
        history: diffIds.map((_, at) => ({ created_by: `RUN step ${at}` })),
      },
      platform: "linux/amd64",
      layers: diffIds.map((digest) => ({
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest,
        size: 7,
      })),
      size: 100,
    },
  };
}
