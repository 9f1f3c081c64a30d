import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { EvidenceError } from "../../error.ts";
import { refuseStale } from "../cache/age.ts";
import { buildIndex } from "./build-index.ts";
import type { Ecosystem } from "./ecosystem.ts";
import { folderDocuments } from "./folder-documents.ts";
import { type AdvisoryIndex, openIndex } from "./index-file.ts";
import type { AdvisorySource } from "./source.ts";
import { zipDocuments } from "./zip-documents.ts";

export interface FolderOptions {
  /** Holds `<ecosystem>/all.zip`, or `<ecosystem>/*.json`. */
  readonly folder: string;
  /** Indexes are kept here, by what they were made from. */
  readonly cacheDir: string;
  /** Milliseconds since the youngest record was changed; Infinity where any age will do. */
  readonly maxAge: number;
  readonly now: () => number;
}

/** Advisories that somebody put into a folder; nothing is asked of a network. */
export function folderAdvisories({ folder, cacheDir, maxAge, now }: FolderOptions): AdvisorySource {
  return {
    place: folder,
    async open(ecosystem, signal) {
      const archive = await archiveOf(join(folder, ecosystem));
      if (archive === undefined) throw missing(folder, ecosystem);
      const index = await indexed(archive, { ecosystem, cacheDir, signal });
      const current = index.facts.updated;
      try {
        refuseStale(archive.path, Date.parse(current), now(), maxAge, "put a newer archive there");
      } catch (error) {
        index[Symbol.dispose]();
        throw error;
      }
      return { index, current };
    },
  };
}

interface Archive {
  readonly kind: "zip" | "folder";
  readonly path: string;
  /** Names, sizes and times of its files. */
  readonly fingerprint: string;
}

async function archiveOf(folder: string): Promise<Archive | undefined> {
  const names = (await readdir(folder).catch((): string[] => [])).toSorted();
  const zip = names.includes("all.zip");
  const files = zip ? ["all.zip"] : names.filter((name) => name.endsWith(".json"));
  if (files.length === 0) return undefined;
  const hash = createHash("sha256").update(resolve(folder));
  for (const name of files) {
    const { size, mtimeMs } = await stat(join(folder, name));
    hash.update(`\n${name} ${size} ${mtimeMs}`);
  }
  const path = zip ? join(folder, "all.zip") : folder;
  return { kind: zip ? "zip" : "folder", path, fingerprint: hash.digest("hex") };
}

async function indexed(
  { kind, path: what, fingerprint }: Archive,
  { ecosystem, cacheDir, signal }: { ecosystem: Ecosystem; cacheDir: string; signal: AbortSignal },
): Promise<AdvisoryIndex> {
  const place = createHash("sha256").update(resolve(what)).digest("hex").slice(0, 16);
  const dir = join(cacheDir, place);
  const path = join(dir, `${fingerprint.slice(0, 32)}.db`);
  const known = openIndex(path);
  if (known !== undefined) return known;
  await mkdir(dir, { recursive: true });
  const documents = kind === "zip" ? zipDocuments(what, what) : folderDocuments(what, what);
  await buildIndex(documents, { ecosystem, path, what, signal });
  await removeOthers(dir, path);
  return openIndex(path)!;
}

/** What the folder held before. */
async function removeOthers(dir: string, kept: string): Promise<void> {
  const others = (await readdir(dir)).map((name) => join(dir, name)).filter((path) => path !== kept);
  await Promise.all(others.filter((path) => path.endsWith(".db")).map((path) => rm(path, { force: true })));
}

function missing(folder: string, ecosystem: Ecosystem): EvidenceError {
  return new EvidenceError("no-advisories", `${folder}: has no advisories of ${ecosystem}`, {
    hint: `put the archive of ${ecosystem} there, as ${ecosystem}/all.zip or unpacked`,
  });
}
