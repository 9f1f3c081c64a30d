import { dirname, join } from "node:path";
import { type RecordIndex, openRecordIndex } from "@seaworthy/release";

/** Beside the store, in a folder that must be there before something is added. */
export function recordsFile(storeDir: string): string {
  return join(dirname(storeDir), "records.db");
}

/** What this machine knows of releases. Whatever is wrong with it is a warning. */
export function openRecords(storeDir: string, warn: (line: string) => void): RecordIndex {
  return openRecordIndex(recordsFile(storeDir), { onProblem: warn });
}
