import { parseReference } from "@seaworthy/oci";
import { type FoundDockerfile, dockerfilesIn, readDockerfile } from "./dockerfiles.ts";
import { type Toolchain, manifestOf, toolchainsIn } from "./toolchain.ts";
import type { View } from "./view.ts";

/** What git knows of a repository. */
export interface GitFacts {
  /** `https://` address of origin. */
  readonly url?: string;
  readonly defaultBranch?: string;
}

/** What a repository looks like; everything that `init` writes comes from here. */
export interface Survey extends GitFacts {
  readonly dockerfile?: FoundDockerfile;
  /** Dockerfiles besides, the likeliest first. */
  readonly others: readonly string[];
  /** Where the toolchains are: the root, or the Dockerfile's folder where the root has none. */
  readonly folder: string;
  readonly toolchains: readonly Toolchain[];
  /** With its registry, where the forge has one. */
  readonly image?: string;
  /** Installed by the repository's own lock file; then no pipeline fetches it besides. */
  readonly installsSeaworthy: boolean;
  /** Whether Node takes a `.ts` file here for a module without a word about it. */
  readonly modules: boolean;
}

export function surveyRepository(view: View, git: GitFacts): Survey {
  const [first, ...others] = dockerfilesIn(view);
  const dockerfile = first === undefined ? undefined : readDockerfile(view, first);
  const own = first?.includes("/") === true ? first.slice(0, first.lastIndexOf("/")) : ".";
  const atRoot = toolchainsIn(view);
  const folder = atRoot.length > 0 ? "." : own;
  const toolchains = folder === "." ? atRoot : toolchainsIn(view, folder);
  const image = imageOf(git.url);
  const manifest = manifestOf(view.read("package.json"));
  return {
    ...git,
    ...(dockerfile === undefined ? {} : { dockerfile }),
    others,
    folder,
    toolchains,
    ...(image === undefined ? {} : { image }),
    installsSeaworthy:
      dependsOnSeaworthy(view, manifest) && toolchains.some(({ exec }) => exec !== undefined),
    modules: !view.has("package.json") || manifest["type"] === "module",
  };
}

const REGISTRIES: Readonly<Record<string, string>> = {
  "github.com": "ghcr.io",
  "gitlab.com": "registry.gitlab.com",
};

/** Forges take upper case in names, registries do not; a few names of repositories no registry takes. */
function imageOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { host, pathname } = new URL(url);
  const registry = REGISTRIES[host.toLowerCase()];
  if (registry === undefined) return undefined;
  const name = `${registry}${pathname.toLowerCase()}`;
  try {
    parseReference(name);
    return name;
  } catch {
    return undefined;
  }
}

/** Named by package.json, or a workspace: then the lock file has it. */
function dependsOnSeaworthy(view: View, manifest: Readonly<Record<string, unknown>>): boolean {
  const named = ["dependencies", "devDependencies"].some((field) => {
    const names = manifest[field];
    return typeof names === "object" && names !== null && Object.hasOwn(names, "seaworthy");
  });
  return named || /"node_modules\/seaworthy"/.test(view.read("package-lock.json") ?? "");
}
