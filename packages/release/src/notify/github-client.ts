import { type Secret, retryAfter } from "@seaworthy/oci";
import { ReleaseError } from "../error.ts";
import { addressOf } from "./address.ts";
import type { NotifyTools } from "./persist.ts";
import { type Answer, type Refusal, headerOf, post } from "./post.ts";

export interface GitHubAccess {
  /** `https://api.github.com`, or the `/api/v3` of an Enterprise server. */
  readonly apiUrl: string;
  /** `owner/name` */
  readonly repository: string;
  readonly token: Secret;
}

/** What a token must be allowed to write. */
export type Permission = "statuses" | "deployments";

export interface GitHubCall {
  /** Below the repository: `statuses/<sha>`. */
  readonly path: string;
  readonly body: object;
  readonly permission: Permission;
}

/** The little that is used of GitHub's REST API. */
export interface GitHubClient {
  readonly repository: string;
  /**
   * @returns what GitHub answers, as JSON
   * @throws SeaworthyError with GitHub's words, and the permission that is missing as the hint
   */
  post(call: GitHubCall, signal: AbortSignal): Promise<unknown>;
}

/** What GitHub calls a secondary limit comes without a time; a minute is what its documentation asks for. */
const UNTOLD_WAIT = 60_000;

/** It becomes part of an address, so neither part may be a way up. */
const REPOSITORY = /^(?!\.{1,2}\/)[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/;

/** @throws ReleaseError `notify-failed` where the address is none or the repository is no `owner/name` */
export function githubClient(access: GitHubAccess, tools: NotifyTools): GitHubClient {
  const { repository, token } = access;
  const base = addressOf(access.apiUrl, "github");
  if (!REPOSITORY.test(repository)) {
    const found = JSON.stringify(repository.slice(0, 100));
    throw new ReleaseError("notify-failed", `github: expected a repository owner/name, found ${found}`);
  }
  const headers = {
    authorization: `Bearer ${token.reveal()}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
  };
  return {
    repository,
    async post({ path, body, permission }, signal) {
      const url = new URL(`${base.pathname.replace(/\/$/, "")}/repos/${repository}/${path}`, base);
      const to = `POST ${url.host}${url.pathname}`;
      const read = (answer: Answer, now: number): Partial<Refusal> => readRefusal(answer, now, permission);
      const request = { to, url, headers, body: JSON.stringify(body), secrets: [token], read };
      return parse((await post(request, tools, signal)).text);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readRefusal(answer: Answer, now: number, permission: Permission): Partial<Refusal> {
  const says = wordsOf(parse(answer.text));
  const wait = limitedFor(answer, says, now);
  if (wait !== undefined) return { says, wait, hint: `GitHub's limit is reached for ${seconds(wait)} s` };
  const hint = hintFor(answer.status, says, permission);
  return { says, ...(hint === undefined ? {} : { hint }) };
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}

/** `Validation Failed: description is too long (maximum is 140 characters)` */
function wordsOf(body: unknown): string {
  const { message, errors } = (body ?? {}) as { readonly message?: unknown; readonly errors?: unknown };
  const details = Array.isArray(errors) ? errors.map((error: unknown) => detailOf(error)) : [];
  const words = [message, details.filter((detail) => detail !== "").join(", ")];
  return words.filter((word) => typeof word === "string" && word !== "").join(": ");
}

function detailOf(error: unknown): string {
  if (typeof error === "string") return error;
  const { message, field, code } = (error ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof message === "string") return message;
  return [field, code].filter((part) => typeof part === "string").join(" ");
}

/** Both of GitHub's limits answer 403 or 429; a missing permission is a 403 too, and never passes. */
function limitedFor(answer: Answer, says: string, now: number): number | undefined {
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  const asked = retryAfter(headerOf(answer, "retry-after"), now);
  if (asked !== undefined) return asked;
  const reset = Number(headerOf(answer, "x-ratelimit-reset") ?? Number.NaN);
  if (headerOf(answer, "x-ratelimit-remaining") === "0" && Number.isFinite(reset)) {
    return Math.max(0, reset * 1000 - now);
  }
  return /rate limit/i.test(says) ? UNTOLD_WAIT : undefined;
}

function hintFor(status: number, says: string, permission: Permission): string | undefined {
  if (status === 401)
    return "give a token that is valid; in a workflow: env: GITHUB_TOKEN: ${{ github.token }}";
  if (status === 403) return `give the job "permissions: ${permission}: write"; runs of forks never have it`;
  if (status === 404) return "the token does not see this repository, or may not write there";
  return status === 422 && /no (?:commit|ref) found/i.test(says)
    ? "push the commit before it is released"
    : undefined;
}
