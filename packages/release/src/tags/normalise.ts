import { createHash } from "node:crypto";
import { parseVersion } from "./version.ts";

/** Distribution spec, "Pulling manifests": `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`. */
export const MAX_TAG = 128;
const HASH_LENGTH = 8;

/**
 * A text as a legal tag, its case kept: runs of other characters become `-`, nothing but a letter, digit or `_` comes
 * first. A longer text is cut and ends in a hash of the whole, so that two of them stay two. Undefined where no
 * character says anything.
 */
export function legalTag(text: string): string | undefined {
  const tag = text.replaceAll(/[^a-zA-Z0-9_.-]+/g, "-").replace(/^[.-]+/, "");
  if (tag === "") return undefined;
  if (tag.length <= MAX_TAG) return tag;
  return `${tag.slice(0, MAX_TAG - HASH_LENGTH - 1)}-${hashOf(text)}`;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
}

/**
 * A branch or git tag as a tag of its own: lower case, no dash at the end. Letters that no tag may have are told
 * apart by a hash: `feature/日` and `feature/月` are two.
 */
export function tagOfName(name: string): string | undefined {
  const tag = legalTag(name.toLowerCase())?.replace(/(?<=.)[.-]+$/, "");
  if (tag === undefined || !/[^ -~]/.test(name)) return tag;
  return `${tag.slice(0, MAX_TAG - HASH_LENGTH - 1)}-${hashOf(name)}`;
}

/** Names that mean something else already: versions, their series, `latest`, pull requests, commits, referrers. */
export function isReserved(tag: string): boolean {
  return (
    tag === "latest" ||
    parseVersion(tag) !== undefined ||
    /^\d+(?:\.\d+)?$/.test(tag) ||
    /^pr-\d+$/.test(tag) ||
    /(?:^|-)[0-9a-f]{7}(?:-dirty)?$/.test(tag) ||
    /^sha256-[0-9a-f]{64}/.test(tag)
  );
}

/**
 * Registry and repository, without tag, as registries take them: lower case, and within each part letters and digits
 * with single separators. `GHCR.io/Acme/My App` becomes `ghcr.io/acme/my-app`.
 */
export function legalName(name: string): string {
  const [first = "", ...rest] = name.trim().toLowerCase().split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const parts = (isHost ? rest : [first, ...rest]).map(legalPart).filter((part) => part !== "");
  return [...(isHost ? [first] : []), ...parts].join("/");
}

function legalPart(part: string): string {
  return part
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/[._-]{2,}/g, (run) => (/^(?:__|-+)$/.test(run) ? run : "-"))
    .replaceAll(/^[._-]+|[._-]+$/g, "");
}
