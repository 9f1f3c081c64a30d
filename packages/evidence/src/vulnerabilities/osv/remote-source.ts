import { createHash } from "node:crypto";
import { join } from "node:path";
import { addressOf } from "../../http/address.ts";
import { buildIndex } from "./build-index.ts";
import type { Ecosystem } from "./ecosystem.ts";
import { openIndex } from "./index-file.ts";
import { type FreshOptions, type Kept, keepFresh } from "../cache/keep-fresh.ts";
import type { AdvisorySource } from "./source.ts";
import { zipDocuments } from "./zip-documents.ts";

/** The public database: `<here>/<ecosystem>/all.zip`. */
export const OSV_ARCHIVES = "https://osv-vulnerabilities.storage.googleapis.com";

export interface RemoteOptions extends FreshOptions {
  /** Default `OSV_ARCHIVES`. */
  readonly url?: string;
  readonly cacheDir: string;
}

/**
 * Advisories of an address, indexed in a cache.
 * @throws EvidenceError `unreachable` where the address is none
 */
export function remoteAdvisories({
  url = OSV_ARCHIVES,
  cacheDir,
  ...options
}: RemoteOptions): AdvisorySource {
  const base = addressOf(url, "scan.source");
  const dir = join(cacheDir, createHash("sha256").update(base.href).digest("hex").slice(0, 16));
  return {
    place: base.href.replace(/\/$/, ""),
    async open(ecosystem, signal) {
      const kept = keptIndex(base, dir, ecosystem, signal);
      const { checked, note } = await keepFresh(kept, options, signal);
      const index = openIndex(kept.path)!;
      return { index, current: new Date(checked).toISOString(), ...(note === undefined ? {} : { note }) };
    },
  };
}

function keptIndex(base: URL, dir: string, ecosystem: Ecosystem, signal: AbortSignal): Kept {
  const url = new URL(`${base.pathname.replace(/\/$/, "")}/${encodeURIComponent(ecosystem)}/all.zip`, base);
  const path = join(dir, `${ecosystem}.db`);
  return {
    what: `advisories of ${ecosystem}`,
    url,
    path,
    isThere() {
      using index = openIndex(path);
      return index !== undefined;
    },
    make: (loaded) => buildIndex(zipDocuments(loaded, url.href), { ecosystem, path, what: url.href, signal }),
  };
}
