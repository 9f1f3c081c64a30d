import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type Secret, collect, redact } from "@seaworthy/oci";
import { EvidenceError } from "../error.ts";
import { addressOf } from "../http/address.ts";
import { type HttpAnswer, type HttpTools, exchange } from "../http/exchange.ts";
import { Foreign } from "./foreign.ts";

/** Where alerts go, as the CI says it. */
export interface CodeScanning {
  /** `https://api.github.com`, or the `/api/v3` of an Enterprise server. */
  readonly apiUrl: string;
  /** `owner/name` */
  readonly repository: string;
  /** Full commit id and full ref: what alerts are shown at. */
  readonly commit: string;
  readonly ref: string;
  readonly token?: Secret | undefined;
  /** A pull request from a fork: its token may only read. */
  readonly fork: boolean;
}

export type Uploaded =
  | { readonly outcome: "uploaded"; readonly id: string }
  /** Nobody's fault: there is no token, it may not, or code scanning is off. */
  | { readonly outcome: "skipped"; readonly reason: string };

/** GitHub takes 10 MB packed. */
const LARGEST = 10e6;
const LARGEST_ANSWER = 64 << 10;
/** It becomes part of an address, so neither part may be a way up. */
const REPOSITORY = /^(?!\.{1,2}\/)[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/;
const pack = promisify(gzip);

/**
 * Hands a SARIF log to GitHub code scanning (REST API, "Upload an analysis as SARIF data"). Where that may not be, it is
 * skipped: what a gate decides does not hang on who is told.
 * @throws EvidenceError `upload-failed`, `unreachable`; OciError `aborted`
 */
export async function uploadSarif(
  log: object,
  where: CodeScanning,
  tools: HttpTools,
  signal: AbortSignal,
): Promise<Uploaded> {
  const { token, fork, repository } = where;
  if (fork) return { outcome: "skipped", reason: "a pull request of a fork may not write" };
  if (token === undefined) return { outcome: "skipped", reason: "there is no token" };
  if (!REPOSITORY.test(repository))
    throw failed(`expected a repository owner/name, found ${JSON.stringify(repository)}`);
  const base = addressOf(where.apiUrl, "code scanning");
  const url = new URL(`${base.pathname.replace(/\/$/, "")}/repos/${repository}/code-scanning/sarifs`, base);
  const sarif = (await pack(JSON.stringify(log))).toString("base64");
  if (sarif.length > LARGEST)
    throw failed(`the log is ${sarif.length} bytes packed, GitHub takes ${LARGEST}`);
  const body = JSON.stringify({ commit_sha: where.commit, ref: where.ref, sarif });
  const request = { method: "POST", url, headers: headersWith(token), body } as const;
  return exchange(request, tools, signal, (answer) => read(answer, where));
}

function headersWith(token: Secret): Readonly<Record<string, string>> {
  return {
    authorization: `Bearer ${token.reveal()}`,
    accept: "application/vnd.github+json",
    "content-type": "application/json; charset=utf-8",
    "x-github-api-version": "2022-11-28",
  };
}

async function read(answer: HttpAnswer, { repository }: CodeScanning): Promise<Uploaded> {
  const text = (await collect(answer.body, LARGEST_ANSWER, "GitHub's answer")).toString("utf8");
  const words = wordsOf(text);
  switch (answer.status) {
    case 202:
      return { outcome: "uploaded", id: idOf(text) };
    case 403:
    case 404:
      // Forbidden, or hidden, or not switched on for this repository.
      return { outcome: "skipped", reason: `GitHub says ${answer.status} ${words}`.trim() };
    default:
      throw failed(`${repository}: ${answer.status} ${words}`.trim());
  }
}

function idOf(text: string): string {
  return Foreign.parse(text, { code: "upload-failed", what: "GitHub's answer" }).field("id").text();
}

function wordsOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? redact(message) : "";
  } catch {
    return "";
  }
}

function failed(message: string): EvidenceError {
  return new EvidenceError("upload-failed", `code scanning: ${message}`, {
    hint: 'give the job "permissions: security-events: write", and a token that is valid',
  });
}
