import { posix } from "node:path";
import { DockerfileError } from "@seaworthy/dockerfile";
import { type ImageFacts, imageFacts } from "./image-facts.ts";
import type { View } from "./view.ts";

/** The Dockerfile that a repository releases, as far as can be told. */
export interface FoundDockerfile {
  readonly path: string;
  /** Folder that its COPY means: `.`, or where it stands. */
  readonly context: string;
  /** Undefined where it cannot be read; `fault` says why. */
  readonly facts?: ImageFacts;
  readonly fault?: string;
}

const NAME = /(?:^|\/)(?:(?:Dockerfile|Containerfile)(?:\.[^/]+)?|[^/]+\.(?:Dockerfile|Containerfile))$/;
/** Templates, copies and texts about Dockerfiles have their names too. */
const OTHER = /\.(?:dockerignore|md|txt|j2|tmpl|tpl|template|in|orig|bak|sh)$/i;
const ASIDE = /(?:^|\/)(?:tests?|__tests__|testdata|fixtures?|golden|examples?|samples?|docs?|e2e|bench)\//i;
const MANIFESTS = ["package.json", "pyproject.toml", "requirements.txt", "go.mod", "Cargo.toml"];

/** Paths of Dockerfiles, the likeliest to be released first. */
export function dockerfilesIn({ files }: View): readonly string[] {
  const found = files.filter((path) => NAME.test(path) && !OTHER.test(path));
  return found.toSorted((a, b) => compare(rankOf(a), rankOf(b)) || (a < b ? -1 : 1));
}

/** Not of a test, near the root, named as everybody names it. */
function rankOf(path: string): readonly number[] {
  const plain = /(?:^|\/)(?:Dockerfile|Containerfile)$/.test(path);
  return [Number(ASIDE.test(path)), path.split("/").length, Number(!plain)];
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, at) => value - b[at]!).find((difference) => difference !== 0) ?? 0;
}

export function readDockerfile(view: View, path: string): FoundDockerfile {
  const text = view.read(path);
  const own = posix.dirname(path);
  if (text === undefined) return { path, context: own, fault: "cannot be read" };
  try {
    const facts = imageFacts(text, path);
    return { path, context: own === "." ? "." : contextOf(view, own, facts.sources), facts };
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return { path, context: own, fault: error.message.split("\n")[0]! };
  }
}

/**
 * Where most of what it copies is. Where both have the same, the folder of its own wins if it looks like a project:
 * `COPY . .` says nothing.
 */
function contextOf(view: View, own: string, sources: readonly string[]): string {
  const here = sources.filter((source) => view.has(posix.join(own, source))).length;
  const above = sources.filter((source) => view.has(source)).length;
  if (here !== above) return here > above ? own : ".";
  return MANIFESTS.some((name) => view.has(`${own}/${name}`)) ? own : ".";
}
