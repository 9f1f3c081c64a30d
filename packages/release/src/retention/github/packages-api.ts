import { type Digest, isDigest } from "@seaworthy/oci";
import { ReleaseError } from "../../error.ts";
import { isCount, isListOf, isObject, isText } from "../../shape.ts";
import type { Deletion, Restoring, Version } from "../shelf.ts";
import { type GitHubAccess, type GitHubAnswer, exchange } from "./exchange.ts";

/** A container package of GitHub: `ghcr.io/owner/a/b` is the package `a/b` of `owner`. */
export interface PackageName {
  readonly owner: string;
  readonly name: string;
}

/** The part of GitHub's API that retention uses. */
export interface PackagesApi {
  /** All versions, untagged ones too. @throws ReleaseError `retention` */
  versions(signal: AbortSignal): Promise<readonly Version[]>;
  delete(version: Version, signal: AbortSignal): Promise<Deletion>;
  restore(version: Version, signal: AbortSignal): Promise<Restoring>;
}

const MOST_PAGES = 2_500;

const isVersion = isObject({
  id: isCount,
  name: isText,
  created_at: isText,
  updated_at: isText,
  metadata: isObject({ container: isObject({ tags: isListOf(isText) }) }),
});

interface GitHubVersion {
  readonly id: number;
  /** The digest. */
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly metadata: { readonly container: { readonly tags: readonly string[] } };
}

/** What GitHub never deletes, whoever asks: the last version with a tag, and what many have downloaded. */
const NEVER = /last tagged version|5,?000 downloads|cannot delete/i;

export function packagesApi(access: GitHubAccess, { owner, name }: PackageName): PackagesApi {
  const call = (
    method: "GET" | "POST" | "DELETE",
    path: string,
    signal: AbortSignal,
  ): Promise<GitHubAnswer> => exchange(access, method, addressOf(access.apiUrl, path), signal);
  let found: Promise<string> | undefined;
  /** Organisations and users have their packages at different addresses. */
  const base = (signal: AbortSignal): Promise<string> =>
    (found ??= ownerPath(call, owner, signal).then(
      (path) => `${path}/packages/container/${encodeURIComponent(name)}/versions`,
    ));
  return {
    async versions(signal) {
      const first = await call("GET", `${await base(signal)}?per_page=100&state=active`, signal);
      return readPages(access, first, signal);
    },

    async delete(version, signal) {
      const path = `${await base(signal)}/${idOf(version)}`;
      const now = await call("GET", path, signal);
      if (now.status === 404) return { is: "deleted" };
      const changed = expectVersion(now, path);
      if (changed.digest !== version.digest || !sameTags(changed.tags, version.tags)) {
        return { is: "changed", why: `its tags are ${changed.tags.join(", ") || "none"} by now` };
      }
      const answer = await call("DELETE", path, signal);
      if (answer.status === 204 || answer.status === 404) return { is: "deleted" };
      if (NEVER.test(answer.says)) return { is: "refused", why: `GitHub says: ${answer.says}` };
      throw unexpected(answer, path);
    },

    async restore(version, signal) {
      const path = `${await base(signal)}/${idOf(version)}`;
      if ((await call("GET", path, signal)).status === 200) return { is: "there already" };
      const answer = await call("POST", `${path}/restore`, signal);
      if (answer.status === 204) return { is: "restored" };
      if (answer.status === 404) return { is: "lost", why: "GitHub keeps what was deleted for 30 days" };
      throw unexpected(answer, `${path}/restore`);
    },
  };
}

async function ownerPath(
  call: (method: "GET", path: string, signal: AbortSignal) => Promise<GitHubAnswer>,
  owner: string,
  signal: AbortSignal,
): Promise<string> {
  const path = `users/${encodeURIComponent(owner)}`;
  const answer = await call("GET", path, signal);
  if (answer.status !== 200) throw unexpected(answer, path);
  const { type } = (answer.body ?? {}) as { readonly type?: unknown };
  return type === "Organization" ? `orgs/${encodeURIComponent(owner)}` : path;
}

async function readPages(
  access: GitHubAccess,
  first: GitHubAnswer,
  signal: AbortSignal,
): Promise<readonly Version[]> {
  // What is pushed meanwhile moves others to the next page, where they are met again.
  const versions = new Map<Digest, Version>();
  let answer: GitHubAnswer | undefined = first;
  for (let page = 1; answer !== undefined; page += 1) {
    const where = `page ${page} of its versions`;
    if (answer.status !== 200) throw unexpected(answer, where);
    if (!Array.isArray(answer.body) || page > MOST_PAGES) throw strange(where);
    for (const item of answer.body as readonly unknown[]) {
      const version = versionOf(item, where);
      versions.set(version.digest, version);
    }
    answer = answer.next === undefined ? undefined : await exchange(access, "GET", answer.next, signal);
  }
  return [...versions.values()];
}

function expectVersion(answer: GitHubAnswer, where: string): Version {
  if (answer.status !== 200) throw unexpected(answer, where);
  return versionOf(answer.body, where);
}

function versionOf(value: unknown, where: string): Version {
  if (!isVersion(value)) throw strange(where);
  const { id, name, created_at: created, updated_at: updated, metadata } = value as GitHubVersion;
  const at = Math.max(Date.parse(created), Date.parse(updated));
  if (!isDigest(name) || Number.isNaN(at)) throw strange(where);
  return { digest: name, id: String(id), tags: metadata.container.tags, at };
}

function idOf({ id, digest }: Version): string {
  if (id !== undefined && /^\d+$/.test(id)) return id;
  throw new ReleaseError("retention", `${digest}: GitHub lists no version of it`, {
    hint: "run it again: it may have been pushed a moment ago",
  });
}

function sameTags(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((tag) => other.includes(tag));
}

function addressOf(apiUrl: string, path: string): URL {
  const base = new URL(apiUrl);
  return new URL(`${base.pathname.replace(/\/$/, "")}/${path}`, base);
}

function strange(where: string): ReleaseError {
  return new ReleaseError("retention", `GitHub: ${where}: found something else than versions of a container`);
}

function unexpected({ status, says }: GitHubAnswer, where: string): ReleaseError {
  const hint = hintFor(status);
  return new ReleaseError(
    "retention",
    `GitHub: ${where}: ${status} ${says}`.trim(),
    hint === undefined ? {} : { hint },
  );
}

function hintFor(status: number): string | undefined {
  switch (status) {
    case 401:
      return "give a token that is valid; in a workflow: env: GITHUB_TOKEN: ${{ github.token }}";
    case 403:
      return 'in a workflow: permissions "packages: write" and, in the package\'s settings → Manage Actions access, the role Admin for this repository; elsewhere: a token with read:packages and delete:packages';
    case 404:
      return "check owner and name; a token that may not see the package gets the same answer";
    default:
      return undefined;
  }
}
