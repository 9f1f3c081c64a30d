import { type Digest, isDigest } from "@seaworthy/oci";
import { ReleaseError } from "../error.ts";
import { isFlag, isListOf, isObject, isOptional, isText } from "../shape.ts";
import type { Restoring, Shelf, Version } from "./shelf.ts";

/** What a run was about to delete, in its order. */
export interface UndoRecord {
  readonly image: string;
  /** RFC 3339. */
  readonly at: string;
  readonly versions: readonly Version[];
  /** Whether the run came to its end: else some of it may be there still, without a name. */
  readonly finished: boolean;
}

const VERSION = 1;

const shape = isObject({
  version: (value) => value === VERSION,
  image: isText,
  at: isText,
  finished: isFlag,
  versions: isListOf(isObject({ digest: isDigest, tags: isListOf(isText), id: isOptional(isText) })),
});

export function formatUndo(record: UndoRecord): string {
  return `${JSON.stringify({ version: VERSION, ...record }, undefined, 2)}\n`;
}

/** @throws ReleaseError `retention` naming the file */
export function parseUndo(text: string, file: string): UndoRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {}
  if (shape(value)) return value as UndoRecord;
  throw new ReleaseError("retention", `${file}: expected what "seaworthy clean --apply" wrote`);
}

export interface Undone {
  readonly version: Version;
  readonly restoring: Restoring;
}

/** Last deleted, first restored: what lists something comes after it. */
export async function undo(
  shelf: Shelf,
  { versions }: UndoRecord,
  signal: AbortSignal,
): Promise<readonly Undone[]> {
  const undone: Undone[] = [];
  for (const version of versions.toReversed()) {
    undone.push({ version, restoring: await shelf.restore(version, signal) });
  }
  return undone;
}

/**
 * What a run that was interrupted may have left without a name; one that came to its end has seen to it.
 * @param records oldest first
 */
export function leftBy(records: readonly UndoRecord[], image: string): readonly Digest[] {
  const own = records.filter((record) => record.image === image);
  const open = own.slice(own.findLastIndex(({ finished }) => finished) + 1);
  return open.flatMap(({ versions }) => versions.map(({ digest }) => digest));
}
