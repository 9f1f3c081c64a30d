import { PackageURL } from "packageurl-js";
import type { NamedPackage } from "./cataloger.ts";
import type { ListedPackage } from "./documents/document.ts";
import type { Distro, PackageType } from "./package.ts";

/**
 * The package URL of a package (purl-spec, PURL-TYPES), as packageurl-js writes it.
 * @throws Error where the type's rules do not allow the name
 */
export function purlOf({ type, name, version, arch }: NamedPackage, distro: Distro | undefined): string {
  const url = (namespace: string | undefined, base: string, more: Record<string, string> = {}): string =>
    new PackageURL(type, namespace, base, version, more, undefined).toString();
  switch (type) {
    case "deb":
    case "apk":
    case "rpm":
      return systemPurl({ type, name, version, ...(arch !== undefined && { arch }) }, distro);
    case "npm":
    case "golang":
      return url(...split(name, "/"));
    case "maven":
      return url(...split(name, ":"));
    case "gem":
      return url(undefined, name, arch === undefined ? {} : { platform: arch });
    case "pypi":
    case "cargo":
    case "generic":
      return url(undefined, name);
  }
}

/** Namespace and name, which the last of the marks parts. */
function split(name: string, mark: string): [string | undefined, string] {
  const at = name.lastIndexOf(mark);
  return at < 0 ? [undefined, name] : [name.slice(0, at), name.slice(at + 1)];
}

/** Packages of a distribution: whose they are, and for which architecture and release. */
function systemPurl(
  { type, name, version, arch }: { type: PackageType; name: string; version: string; arch?: string },
  distro: Distro | undefined,
): string {
  const [, epoch, rest = version] = (type === "rpm" && /^(\d+):(.+)$/.exec(version)) || [];
  const release = distro === undefined ? undefined : [distro.id, distro.version].filter(Boolean).join("-");
  const qualifiers = Object.fromEntries(
    Object.entries({ arch, distro: release, epoch }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  return new PackageURL(type, distro?.id, name, rest, qualifiers, undefined).toString();
}

const MAX_PURL = 2048;

/** Images and files: what contains packages and is none. */
const CONTAINERS: ReadonlySet<string> = new Set(["docker", "file", "oci"]);

/** What a URL in somebody's document names; undefined where it is none, names no version or an image. */
export function parsePurl(
  text: string,
): Pick<ListedPackage, "type" | "name" | "version" | "arch" | "purl"> | undefined {
  let url;
  try {
    url = PackageURL.fromString(text.slice(0, MAX_PURL));
  } catch {
    return undefined;
  }
  const { namespace, name, version = "", qualifiers = {} } = url;
  if (version === "" || text.length > MAX_PURL || CONTAINERS.has(url.type)) return undefined;
  const type = KNOWN.has(url.type) ? (url.type as PackageType) : "generic";
  const { epoch, arch } = qualifiers;
  return {
    type,
    name: nameIn(type, namespace, name),
    version: type === "rpm" && epoch !== undefined ? `${epoch}:${version}` : version,
    purl: url.toString(),
    ...(arch !== undefined && { arch }),
  };
}

const KNOWN: ReadonlySet<string> = new Set<PackageType>([
  "deb",
  "apk",
  "rpm",
  "npm",
  "pypi",
  "golang",
  "cargo",
  "maven",
  "gem",
]);

function nameIn(type: PackageType, namespace: string | undefined, name: string): string {
  if (namespace === undefined || type === "deb" || type === "apk" || type === "rpm") return name;
  return type === "maven" ? `${namespace}:${name}` : `${namespace}/${name}`;
}

/**
 * What two finders mean by the same package, and for which architecture, which one of them may not say. Of a canonical
 * URL: neither mark is left in its parts.
 */
export function identityOf(purl: string): { readonly identity: string; readonly arch?: string } {
  const [url = ""] = purl.split("#");
  const [identity = "", qualifiers = ""] = url.split("?");
  const arch = new URLSearchParams(qualifiers).get("arch");
  return { identity, ...(arch !== null && { arch }) };
}
