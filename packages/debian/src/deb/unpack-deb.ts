import type { TarEntry, TarItem } from "@seaworthy/oci";
import { DebianError } from "../error.ts";
import type { LockedPackage } from "../lock/lock.ts";
import { parseStanza } from "../resolve/deb822.ts";
import type { Spool } from "../root/spool.ts";
import type { UnpackedDeb, UnpackedEntry } from "../root/unpacked.ts";
import { readDeb } from "./read-deb.ts";

/**
 * A package's entries, with the contents of those that are kept in the spool.
 * @throws DebianError `invalid-package` where it is not the package the lock names, or ships a device
 */
export async function unpackDeb(
  source: AsyncIterable<Uint8Array>,
  locked: LockedPackage,
  spool: Spool,
  isExcluded: (path: string, type: TarEntry["type"]) => boolean,
): Promise<UnpackedDeb> {
  const where = `${locked.name} ${locked.version}`;
  const entries: UnpackedEntry[] = [];
  const shipped: string[] = [];
  const files = await readDeb(source, where, async (items) => {
    for await (const item of items) {
      const { path, type } = item.entry;
      if (path === ".") continue;
      shipped.push(path);
      const excluded = isExcluded(path, type);
      if (excluded && type !== "directory") continue;
      entries.push(await toEntry(item, excluded, spool, where));
    }
  });
  const controlText = files.get("control")!.bytes.toString("utf8").trim();
  const control = parseStanza(controlText);
  checkIdentity(control, locked);
  return { locked, control, controlText, files, shipped, entries };
}

async function toEntry(
  { entry, content }: TarItem,
  excluded: boolean,
  spool: Spool,
  where: string,
): Promise<UnpackedEntry> {
  const { path, mode, uid, gid, mtime, xattrs, linkname = "" } = entry;
  const common = { path, mode, uid, gid, mtime, ...(xattrs !== undefined && { xattrs }) };
  if (entry.type === "directory") return { ...common, type: excluded ? "bare-directory" : "directory" };
  if (entry.type === "file") return { ...common, type: "file", content: await spool.add(content) };
  if (entry.type === "symlink" || entry.type === "hardlink") {
    return { ...common, type: entry.type, target: linkname };
  }
  throw new DebianError(
    "invalid-package",
    `${where}: /${path}: expected files, folders and links, found a ${entry.type} node`,
  );
}

function checkIdentity(control: ReadonlyMap<string, string>, { name, version, arch }: LockedPackage): void {
  const found = ["package", "version", "architecture"].map((field) => control.get(field) ?? "?").join(" ");
  const expected = `${name} ${version} ${arch}`;
  if (found !== expected)
    throw new DebianError("invalid-package", `expected package ${expected}, found ${found}`);
}
