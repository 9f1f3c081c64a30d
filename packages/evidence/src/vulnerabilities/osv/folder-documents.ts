import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { EvidenceError } from "../../error.ts";
import { LARGEST_RECORD, MOST_RECORDS, type OsvDocument } from "./documents.ts";

/**
 * The records of an unpacked archive, one JSON file each, by name.
 * @throws EvidenceError `invalid-advisories` where one is larger than data can be
 */
export async function* folderDocuments(folder: string, what: string): AsyncGenerator<OsvDocument> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  if (names.length > MOST_RECORDS) throw tooLarge(`${what}: holds ${names.length} files`);
  for (const name of names) {
    const path = join(folder, name);
    const { size } = await stat(path);
    if (size > LARGEST_RECORD) throw tooLarge(`${what}: ${name} is larger than data can be`);
    yield { name, json: await readFile(path, "utf8") };
  }
}

function tooLarge(message: string): EvidenceError {
  return new EvidenceError("invalid-advisories", message);
}
