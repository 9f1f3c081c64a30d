import { readTar } from "@seaworthy/oci";
import type { TarItem } from "@seaworthy/oci";
import { compressionOf, decompress } from "../archive/decompress.ts";
import { DebianError } from "../error.ts";
import { readAr } from "./ar.ts";
import type { ArMember } from "./ar.ts";

/** Files of a package's `control.tar`: `control`, `md5sums`, `conffiles`, `postinst` … */
export type ControlFiles = ReadonlyMap<string, ControlFile>;

interface ControlFile {
  readonly bytes: Buffer;
  readonly mode: number;
}

const MAX_CONTROL = 64 << 20;
const MAX_DATA = 8 * 2 ** 30;

/**
 * Reads a binary package (deb(5), format 2.0) without running any of it: returns its control files, and hands the
 * entries of its data archive to `onData`, which must read them in order. The source is read to its end.
 * @throws DebianError `invalid-package`, `too-large`; OciError for a broken tar archive
 */
export async function readDeb(
  source: AsyncIterable<Uint8Array>,
  where: string,
  onData: (items: AsyncIterable<TarItem>) => Promise<void>,
): Promise<ControlFiles> {
  let seen = 0;
  let control: ControlFiles | undefined;
  let data = false;
  for await (const member of readAr(source, where)) {
    seen++;
    if (seen === 1) await checkFormat(member, where);
    else if (isTar(member, "control")) control = await readControl(member, where);
    else if (isTar(member, "data")) {
      const tar = decompress(member.body, compressionOf(member.name), { maxBytes: MAX_DATA, where });
      await onData(readTar(tar, { maxBytes: MAX_DATA }));
      data = true;
    } else if (!member.name.startsWith("_")) {
      throw new DebianError("invalid-package", `${where}: unexpected member ${JSON.stringify(member.name)}`);
    }
  }
  if (control?.has("control") && data) return control;
  throw new DebianError(
    "invalid-package",
    `${where}: expected control.tar and data.tar, found only part of a package`,
  );
}

async function checkFormat({ name, body, size }: ArMember, where: string): Promise<void> {
  let text = "";
  if (size <= 64) for await (const piece of body) text += Buffer.from(piece).toString("latin1");
  if (name === "debian-binary" && text.startsWith("2.")) return;
  throw new DebianError(
    "invalid-package",
    `${where}: expected a Debian package of format 2, found ${JSON.stringify(name)}`,
  );
}

function isTar({ name }: ArMember, stem: string): boolean {
  return (
    name === `${stem}.tar` ||
    (/^\.tar\.(?:gz|xz|zst)$/.test(name.slice(stem.length)) && name.startsWith(stem))
  );
}

async function readControl(member: ArMember, where: string): Promise<ControlFiles> {
  const files = new Map<string, ControlFile>();
  const tar = decompress(member.body, compressionOf(member.name), { maxBytes: MAX_CONTROL, where });
  for await (const { entry, content } of readTar(tar, { maxBytes: MAX_CONTROL, maxEntries: 1000 })) {
    if (entry.type !== "file" || entry.path.includes("/")) continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
    files.set(entry.path, { bytes: Buffer.concat(chunks), mode: entry.mode });
  }
  return files;
}
