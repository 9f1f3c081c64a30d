import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { SeaworthyError } from "@seaworthy/oci";
import type { HttpTools } from "../../http/exchange.ts";
import { Foreign } from "../foreign.ts";
import { ageText, refuseStale } from "./age.ts";
import { download } from "./download.ts";

/** Something made from a file of an address, and kept. */
export interface Kept {
  /** For people: `advisories of npm`. */
  readonly what: string;
  readonly url: URL;
  /** What is known about it is kept beside it, at `<path>.json`. */
  readonly path: string;
  /** Whether what is there can be used. */
  readonly isThere: () => boolean | Promise<boolean>;
  /** Makes it from what was loaded: it appears whole or not at all. */
  readonly make: (loaded: string) => Promise<unknown>;
}

export interface FreshOptions {
  /** Milliseconds after which the address is asked again. Default 24 h. */
  readonly refreshAfter?: number;
  /** Milliseconds after which what could not be refreshed is refused; Infinity for any. */
  readonly maxAge: number;
  readonly tools: HttpTools;
}

export interface Fresh {
  /** When the address last said that this is what it has, in milliseconds. */
  readonly checked: number;
  /** Why that is long ago, where it is. */
  readonly note?: string;
}

interface Known {
  readonly checked: number;
  readonly etag?: string;
}

const DAY = 24 * 3_600_000;

/**
 * Where the address is out of reach, or gives something that is of no use, what is there is used until it is too old.
 * @throws EvidenceError `stale-advisories`; where nothing is there, also what `download` and `make` throw
 */
export async function keepFresh(kept: Kept, options: FreshOptions, signal: AbortSignal): Promise<Fresh> {
  const { refreshAfter = DAY, maxAge, tools } = options;
  const known = (await kept.isThere()) ? await readKnown(kept.path) : undefined;
  const age = known === undefined ? Number.NaN : tools.clock.now() - known.checked;
  // A time that is still to come says nothing about an age.
  if (known !== undefined && age >= 0 && age < refreshAfter) return { checked: known.checked };
  try {
    return await refresh(kept, known?.etag, tools, signal);
  } catch (error) {
    const passes = error instanceof SeaworthyError && error.code !== "aborted";
    if (known === undefined || !(age >= 0) || !passes) throw error;
    refuseStale(
      kept.what,
      known.checked,
      tools.clock.now(),
      maxAge,
      `it could not be refreshed: ${error.message}`,
    );
    return { checked: known.checked, note: `${error.message}; what was loaded ${ageText(age)} ago is used` };
  }
}

async function refresh(
  { path, url, make }: Kept,
  etag: string | undefined,
  tools: HttpTools,
  signal: AbortSignal,
): Promise<Fresh> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    const checked = tools.clock.now();
    const loaded = await download({ url, etag, path: draft }, tools, signal);
    if (loaded !== "same") await make(draft);
    const known: Known =
      loaded === "same" ? { checked, ...(etag === undefined ? {} : { etag }) } : { ...loaded, checked };
    await writeFile(draft, JSON.stringify(known));
    await rename(draft, `${path}.json`);
    return { checked };
  } finally {
    await rm(draft, { force: true });
  }
}

/** Undefined where there is none of use: then it is loaded as if for the first time. */
async function readKnown(path: string): Promise<Known | undefined> {
  try {
    const text = await readFile(`${path}.json`, "utf8");
    const found = Foreign.parse(text, { code: "invalid-advisories", what: path });
    const etag = found.field("etag").optional((value) => value.text());
    return { checked: found.field("checked").number(), ...(etag === undefined ? {} : { etag }) };
  } catch {
    return undefined;
  }
}
