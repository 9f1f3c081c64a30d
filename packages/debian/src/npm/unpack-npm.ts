import { collect, readTar } from "@seaworthy/oci";
import type { TarEntry } from "@seaworthy/oci";
import { decompress } from "../archive/decompress.ts";
import type { NpmSource } from "../base.ts";
import { DebianError } from "../error.ts";
import type { LockedNpm } from "../lock/lock.ts";
import { nearestName } from "../resolve/nearest-name.ts";
import type { Spool } from "../root/spool.ts";
import type { UnpackedEntry, UnpackedNpm } from "../root/unpacked.ts";

const MAX_MANIFEST = 1 << 20;
const MAX_UNPACKED = 4 * 2 ** 30;

/**
 * The files asked for out of an npm tarball, at their destinations. Links in a tarball are skipped, as npm does.
 * @throws DebianError `invalid-base` where the package has no such file, `invalid-package`
 */
export async function unpackNpm(
  source: AsyncIterable<Uint8Array>,
  locked: LockedNpm,
  { files, mode }: NpmSource,
  spool: Spool,
): Promise<UnpackedNpm> {
  const where = `npm ${locked.name}@${locked.version}`;
  const wanted = Object.entries(files).map(([from, to]) => ({
    from: trim(from),
    to: trim(to),
    found: false,
  }));
  const entries: UnpackedEntry[] = [];
  const names = new Set<string>();
  let license: string | undefined;
  const tar = decompress(source, "gz", { maxBytes: MAX_UNPACKED, where });
  for await (const { entry, content } of readTar(tar, { maxBytes: MAX_UNPACKED })) {
    if (entry.type !== "file") continue;
    // The first folder is "package" by custom only.
    const path = entry.path.slice(entry.path.indexOf("/") + 1);
    names.add(path);
    const targets = wanted.flatMap((each) => {
      const to = destination(path, each);
      if (to !== undefined) each.found = true;
      return to ?? [];
    });
    const manifest = path === "package.json" ? await collect(content, MAX_MANIFEST, where) : undefined;
    if (manifest !== undefined) license = licenseIn(manifest);
    if (targets.length === 0) continue;
    const stored = await spool.add(manifest === undefined ? content : [manifest]);
    for (const to of targets)
      entries.push({ ...metadata(entry, mode), path: to, type: "file", content: stored });
  }
  const missing = wanted.find(({ found }) => !found);
  if (missing !== undefined) {
    const nearest = nearestName(missing.from, names);
    throw new DebianError("invalid-base", `${where}: there is no ${JSON.stringify(missing.from)} in it`, {
      ...(nearest !== undefined && { hint: `did you mean "${nearest}"?` }),
    });
  }
  return { locked, entries, ...(license !== undefined && { license }) };
}

/** The expression that npm asks for; nothing where there is another value, or none of a licence that has a name. */
function licenseIn(manifest: Buffer): string | undefined {
  let license: unknown;
  try {
    ({ license } = JSON.parse(manifest.toString("utf8")) as { license?: unknown });
  } catch {
    return undefined;
  }
  const isExpression = typeof license === "string" && /^[\w.+()-]+(?: [\w.+()-]+)*$/.test(license);
  return isExpression && !/^(?:UNLICENSED|SEE LICEN[CS]E\b.*)$/.test(license as string)
    ? (license as string)
    : undefined;
}

/** Where a file of the package goes, undefined where it was not asked for. */
function destination(
  path: string,
  { from, to }: { readonly from: string; readonly to: string },
): string | undefined {
  if (from === "") return `${to}/${path}`;
  if (path === from) return to;
  return path.startsWith(`${from}/`) ? `${to}/${path.slice(from.length + 1)}` : undefined;
}

function metadata({ mode, mtime }: TarEntry, wanted: number | undefined) {
  return { mode: wanted ?? ((mode & 0o111) === 0 ? 0o644 : 0o755), uid: 0, gid: 0, mtime };
}

function trim(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}
