import { isDigest } from "./digest.ts";
import type { Digest } from "./digest.ts";
import { OciError } from "./error.ts";

/** Where an image is. `registry` is a host with an optional port; `repository` has no leading slash. */
export interface Reference {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const DOCKER_HUB = "docker.io";
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST =
  /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?$/;
const MAX_NAME = 255;

/**
 * `[registry/]repository[:tag][@digest]`, read as Docker reads it: `node:24` is docker.io/library/node. Adds no tag.
 * @throws OciError `invalid-reference`
 */
export function parseReference(text: string): Reference {
  const fail = (problem: string, hint?: string): OciError =>
    invalid(`reference ${JSON.stringify(text)}`, problem, hint);
  if (text === "") throw fail("is empty");
  if (text.length > 1024) throw invalid("reference", "is longer than 1024 characters");
  const [named, digest, ...more] = text.split("@");
  if (more.length > 0) throw fail('has more than one "@"');
  if (digest !== undefined && !isDigest(digest)) {
    throw fail(`expected "@sha256:" and 64 hex digits, found ${JSON.stringify(`@${digest}`)}`);
  }
  const { name, tag } = splitTag(named!);
  if (tag !== undefined) checkTag(tag, `reference ${JSON.stringify(text)}`);
  const { registry, repository } = splitRegistry(name);
  checkRegistry(registry, fail);
  checkRepository(repository, `reference ${JSON.stringify(text)}`, name);
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The tag `latest` where a reference has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  const named = reference.tag !== undefined || reference.digest !== undefined;
  return named ? reference : { ...reference, tag: "latest" };
}

/** In full, with registry and `library/`. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  const suffix = (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
  return `${registry}/${repository}${suffix}`;
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * @param where what the message starts with
 * @throws OciError `invalid-reference`
 */
export function checkTag(tag: string, where = "tag"): void {
  if (isTag(tag)) return;
  throw invalid(
    where,
    `tag ${JSON.stringify(tag.slice(0, 200))} is not allowed`,
    "use letters, digits, _ . and -, at most 128, not starting with . or -",
  );
}

/**
 * A repository name without registry.
 * @throws OciError `invalid-reference`
 */
export function checkRepository(repository: string, where = "repository", shown = repository): void {
  const quoted = JSON.stringify(repository.slice(0, 300));
  if (repository === "") throw invalid(where, "has no repository name");
  if (repository.length > MAX_NAME) throw invalid(where, `name is longer than ${MAX_NAME} characters`);
  const parts = repository.split("/");
  if (parts.every((part) => COMPONENT.test(part))) return;
  if (parts.every((part) => COMPONENT.test(part.toLowerCase()))) {
    throw invalid(where, `name ${quoted} has upper case`, `write it as "${shown.toLowerCase()}"`);
  }
  const wrong = parts.find((part) => !COMPONENT.test(part.toLowerCase()))!;
  throw invalid(
    where,
    `name ${quoted} has the part ${JSON.stringify(wrong.slice(0, 200))}`,
    'each part between "/" is lower-case letters and digits, single . _ or -- between them',
  );
}

// The colon of a port comes before a slash, that of a tag after the last one.
function splitTag(named: string): { name: string; tag?: string } {
  const colon = named.lastIndexOf(":");
  if (colon <= named.lastIndexOf("/")) return { name: named };
  return { name: named.slice(0, colon), tag: named.slice(colon + 1) };
}

function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  // Docker's rule: the first part is a host where it has a dot or a port. (Docker also takes "MyOrg" for one, which is
  // far more often a name with the wrong case.)
  const isHost = /[.:]/.test(first) || first === "localhost";
  const registry = isHost ? first.replace(/^index\.docker\.io$/, DOCKER_HUB) : DOCKER_HUB;
  const repository = isHost ? name.slice(slash + 1) : name;
  const short = registry === DOCKER_HUB && repository !== "" && !repository.includes("/");
  return { registry, repository: short ? `library/${repository}` : repository };
}

function checkRegistry(registry: string, fail: (problem: string, hint?: string) => OciError): void {
  const port = HOST.exec(registry)?.[1];
  if (!HOST.test(registry) || (port !== undefined && Number(port) > 65_535)) {
    throw fail(
      `expected a registry host, found ${JSON.stringify(registry)}`,
      'write it as "host" or "host:port"',
    );
  }
}

function invalid(where: string, problem: string, hint?: string): OciError {
  return new OciError("invalid-reference", `${where}: ${problem}`, hint === undefined ? {} : { hint });
}
