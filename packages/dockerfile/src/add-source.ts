import { DockerfileError } from "./error.ts";
import { cleanPath } from "./path.ts";
import { quote } from "./quote.ts";
import { didYouMean } from "./suggest.ts";

/** Where a source of ADD comes from. */
export type AddSource = LocalSource | HttpSource | GitSource;

export interface LocalSource {
  readonly type: "local";
  readonly path: string;
}

export interface HttpSource {
  readonly type: "http";
  readonly url: string;
  /** The file it becomes where the destination is a directory; undefined where the URL names none. */
  readonly fileName: string | undefined;
}

export interface GitSource {
  readonly type: "git";
  /** For `git fetch`, without fragment and query. */
  readonly remote: string;
  /** Branch, tag or commit; the remote's HEAD where absent. */
  readonly ref?: string | undefined;
  readonly subdir?: string | undefined;
  /** The commit that `ref` must be. */
  readonly commit?: string | undefined;
  readonly keepGitDir?: boolean | undefined;
  readonly submodules?: boolean | undefined;
  readonly fetchByCommit?: boolean | undefined;
  readonly mtime?: string | undefined;
}

const URL_FORM = /^(https?|git|ssh):\/\/([^?#]+)(?:\?([^#]*))?(?:#(.*))?$/i;
const SCP_FORM = /^([\w-]+@[\w.-]+:[^?#]+)(?:\?([^#]*))?(?:#(.*))?$/;

/**
 * An expanded source of ADD. A URL is a git repository where its path ends in `.git` or its scheme is
 * git or ssh; `user@host:path` is one too; every other text is a path of the context.
 */
export function classifySource(source: string): AddSource {
  const scp = SCP_FORM.exec(source);
  if (scp !== null) return parseGit(scp[1]!, scp[2], scp[3]);
  const url = URL_FORM.exec(source);
  if (url === null) return { type: "local", path: source };
  const [, scheme, rest, query, fragment] = url;
  const isHttp = /^http/i.test(scheme!);
  if (!isHttp || /\/.*\.git$/.test(rest!)) return parseGit(`${scheme}://${rest}`, query, fragment);
  return { type: "http", url: source, fileName: fileNameOf(rest!) };
}

function fileNameOf(hostAndPath: string): string | undefined {
  const name = hostAndPath
    .slice(hostAndPath.indexOf("/"))
    .split("/")
    .findLast((part) => part !== "");
  if (!hostAndPath.includes("/") || name === undefined) return undefined;
  try {
    const decoded = decodeURIComponent(name);
    // An escaped slash would name a place outside the destination.
    return decoded.includes("/") || decoded === ".." || decoded === "." ? undefined : decoded;
  } catch {
    return name;
  }
}

const QUERIES: readonly string[] =
  "ref tag branch subdir commit checksum keep-git-dir submodules fetch-by-commit mtime".split(" ");

function parseGit(remote: string, query: string | undefined, fragment: string | undefined): GitSource {
  const options = parseQuery(query ?? "");
  const [ref, subdir] = splitFragment(fragment ?? "");
  const tag = options.get("tag");
  const branch = options.get("branch");
  return {
    type: "git",
    remote,
    ref: agree("ref", [
      ref,
      options.get("ref"),
      tag && `refs/tags/${tag.replace(/^refs\/tags\//, "")}`,
      branch && `refs/heads/${branch.replace(/^refs\/heads\//, "")}`,
    ]),
    subdir: agree("subdir", [subdir, options.get("subdir")]),
    commit: agree("commit", [options.get("commit"), options.get("checksum")]),
    keepGitDir: flag(options, "keep-git-dir"),
    submodules: flag(options, "submodules"),
    fetchByCommit: flag(options, "fetch-by-commit"),
    mtime: options.get("mtime"),
  };
}

function parseQuery(query: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!QUERIES.includes(name)) {
      throw invalid(`unknown query ${quote(name)}${didYouMean(name, QUERIES)}`);
    }
    if (options.has(name)) throw invalid(`query ${name} is given twice`);
    options.set(name, value);
  }
  return options;
}

/** `#ref:subdir`. */
function splitFragment(fragment: string): [ref: string | undefined, subdir: string | undefined] {
  const [ref, ...rest] = fragment.split(":");
  const subdir = cleanPath(`/${rest.join(":")}`).slice(1);
  return [ref || undefined, subdir || undefined];
}

/** The one value several ways of saying it agree on. */
function agree(what: string, values: readonly (string | undefined)[]): string | undefined {
  const [value, other] = new Set(values.filter((candidate) => candidate !== undefined && candidate !== ""));
  if (other === undefined) return value;
  throw invalid(`${what}: found both ${quote(value!)} and ${quote(other)}`);
}

function flag(options: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const value = options.get(name);
  if (value === undefined) return undefined;
  if (value === "" || /^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(`${name}: expected true or false, found ${quote(value)}`);
}

function invalid(reason: string): DockerfileError {
  return new DockerfileError("invalid-value", `git source: ${reason}`);
}
