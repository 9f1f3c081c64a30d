import type { Secret } from "@seaworthy/oci";
import { ReleaseError } from "../error.ts";
import { addressOf } from "./address.ts";
import { limitedFor, parseAnswer, wordsOf } from "./github-answer.ts";
import type { NotifyTools } from "./persist.ts";
import { type Answer, type Refusal, post } from "./post.ts";

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
      return parseAnswer((await post(request, tools, signal)).text);
    },
  };
}

function readRefusal(answer: Answer, now: number, permission: Permission): Partial<Refusal> {
  const says = wordsOf(parseAnswer(answer.text));
  const wait = limitedFor(answer, says, now);
  if (wait !== undefined) return { says, wait, hint: `GitHub's limit is reached for ${seconds(wait)} s` };
  const hint = hintFor(answer.status, says, permission);
  return { says, ...(hint === undefined ? {} : { hint }) };
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
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
