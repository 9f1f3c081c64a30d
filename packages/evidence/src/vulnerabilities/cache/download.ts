import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { limited } from "@seaworthy/oci";
import { EvidenceError } from "../../error.ts";
import { type HttpAnswer, type HttpTools, exchange } from "../../http/exchange.ts";

export interface Download {
  readonly url: URL;
  /** Of what is here already. */
  readonly etag: string | undefined;
  /** Written whole, or left with what came. */
  readonly path: string;
}

/** Larger than all archives together are. */
const LARGEST = 4 * 2 ** 30;

/**
 * Loads a file where it is another than the one that is here.
 * @returns its etag, where it has one; `same` where it is the one that is here
 * @throws EvidenceError `no-advisories`, `unreachable`; OciError `too-large`, `aborted`
 */
export function download(
  { url, etag, path }: Download,
  tools: HttpTools,
  signal: AbortSignal,
): Promise<{ readonly etag?: string } | "same"> {
  const headers = {
    "accept-encoding": "identity",
    ...(etag === undefined ? {} : { "if-none-match": etag }),
  };
  return exchange({ method: "GET", url, headers, redirects: 5 }, tools, signal, async (answer) => {
    if (answer.status === 304 && etag !== undefined) return "same";
    if (answer.status !== 200) throw refused(url, answer);
    await pipeline(limited(answer.body, LARGEST, url.href), createWriteStream(path), { signal });
    const found = answer.header("etag");
    return found === undefined ? {} : { etag: found };
  });
}

function refused({ host, pathname }: URL, { status }: HttpAnswer): EvidenceError {
  const hint = "check where scan.source points to: <source>/<ecosystem>/all.zip";
  return new EvidenceError("no-advisories", `GET ${host}${pathname}: ${status}`, { hint });
}
