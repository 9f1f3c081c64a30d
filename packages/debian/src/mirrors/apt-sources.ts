import { parseStanza, splitStanzas } from "../resolve/deb822.ts";

/** One place apt is told to fetch from. */
interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  readonly signedBy: string;
}

export interface AptMirrors {
  readonly debian: readonly string[];
  readonly debianSecurity: readonly string[];
}

/** One-line style (`sources.list`, `*.list`), sources.list(5). */
export function parseListFile(text: string): readonly AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split("\n")) {
    const [, options = "", uri, suite, rest = ""] =
      /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line) ?? [];
    if (uri === undefined || suite === undefined) continue;
    const signedBy = /signed-by=(\S+)/i.exec(options)?.[1] ?? "";
    sources.push({ uri, suite, components: rest.trim().split(/\s+/), signedBy });
  }
  return sources;
}

/** deb822 style (`*.sources`). */
export function parseSourcesFile(text: string): readonly AptSource[] {
  return splitStanzas(text).flatMap((part) => {
    const stanza = parseStanza(part);
    const list = (name: string) => (stanza.get(name) ?? "").split(/\s+/).filter((word) => word !== "");
    if (/^(?:no|false|0|off|without|disable)$/i.test(stanza.get("enabled") ?? "yes")) return [];
    if (!list("types").includes("deb")) return [];
    return list("uris").flatMap((uri) =>
      list("suites").map((suite) => ({
        uri,
        suite,
        components: list("components"),
        signedBy: stanza.get("signed-by") ?? "",
      })),
    );
  });
}

const RELEASES = "(?:bullseye|bookworm|trixie|forky|sid|stable|oldstable|testing|unstable)";
const ARCHIVE_SUITE = new RegExp(`^${RELEASES}(?:-updates|-backports|-proposed-updates)?$`);
const SECURITY_SUITE = new RegExp(`^${RELEASES}(?:-security|/updates)$`);

/** The roots of Debian's own archive among the sources: other vendors' repositories are left alone. */
export function debianMirrors(sources: readonly AptSource[]): AptMirrors {
  const debian = new Set<string>();
  const debianSecurity = new Set<string>();
  for (const source of sources) {
    if (!/^https?:\/\//.test(source.uri) || !source.components.includes("main") || !isDebians(source))
      continue;
    const uri = source.uri.replace(/\/+$/, "");
    if (SECURITY_SUITE.test(source.suite)) debianSecurity.add(uri);
    else if (ARCHIVE_SUITE.test(source.suite)) debian.add(uri);
  }
  return { debian: [...debian], debianSecurity: [...debianSecurity] };
}

/**
 * Other vendors use Debian's suite names and even `main`; what tells them apart is the key, the host or the last part
 * of the path. A wrong guess costs a request and nothing else: signatures decide.
 */
function isDebians({ uri, signedBy }: AptSource): boolean {
  if (signedBy !== "") return /debian-archive/.test(signedBy);
  return /\/debian(?:-security)?\/*$/.test(uri) || /^https?:\/\/[^/]*\.debian\.org(?::\d+)?\//.test(uri);
}
