import type { Archive } from "../archive/archive.ts";
import type { DebianArch, NpmSource } from "../base.ts";
import { DebianError } from "../error.ts";
import type { LockedNpm } from "../lock/lock.ts";
import { npmName } from "./npm-name.ts";

interface VersionDocument {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly dist?: { readonly integrity?: unknown; readonly tarball?: unknown };
}

/**
 * What the registry says of one version: its tarball and the hash of that. There is no signature to check here: the
 * transport is trusted once, when the lock is made.
 */
export async function resolveNpm(
  source: NpmSource,
  arch: DebianArch,
  archive: Archive,
  signal: AbortSignal,
): Promise<LockedNpm> {
  const name = npmName(source, arch);
  const path = `${name.replace("/", "%2f")}/${source.version}`;
  const document = await readDocument(archive, path, signal);
  const { integrity, tarball } = document.dist ?? {};
  if (document.name !== name || document.version !== source.version) {
    throw invalid(path, `${name}@${source.version}`, `${String(document.name)}@${String(document.version)}`);
  }
  if (typeof integrity !== "string" || !/^sha512-[A-Za-z0-9+/]+={0,2}$/.test(integrity)) {
    throw invalid(path, "dist.integrity sha512-…", integrity);
  }
  return { name, version: source.version, path: tarballPath(name, source.version, tarball), integrity };
}

async function readDocument(archive: Archive, path: string, signal: AbortSignal): Promise<VersionDocument> {
  const text = await archive.read(
    { archive: "npm", path, maxBytes: 4 << 20 },
    async (body) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return Buffer.concat(chunks).toString("utf8");
    },
    signal,
  );
  try {
    return JSON.parse(text) as VersionDocument;
  } catch {
    throw invalid(path, "JSON", text.slice(0, 40));
  }
}

/** Mirrors name tarballs by their own host; what they agree on is `<name>/-/<file>`. */
function tarballPath(name: string, version: string, tarball: unknown): string {
  const file = typeof tarball === "string" ? /\/-\/([^/?#]+\.tgz)(?:[?#]|$)/.exec(tarball)?.[1] : undefined;
  return `${name}/-/${file ?? `${name.split("/").at(-1)}-${version}.tgz`}`;
}

function invalid(path: string, expected: string, found: unknown): DebianError {
  return new DebianError(
    "invalid-index",
    `npm ${path}: expected ${expected}, found ${JSON.stringify(found) ?? "nothing"}`,
  );
}
