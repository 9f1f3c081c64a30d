import { existsSync } from "node:fs";
import {
  type Repository,
  Secret,
  memoryStore,
  openLayout,
  parseReference,
  systemClock,
} from "@seaworthy/oci";
import type { RemoteOptions } from "@seaworthy/oci/remote";
import {
  type PackagesApi,
  type Shelf,
  githubPackagesShelf,
  layoutShelf,
  packagesApi,
  registryShelf,
  remembering,
} from "@seaworthy/release";
import type { Project } from "../commands/context.ts";
import { isEmbedded } from "../commands/destination.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { openRemote, remoteOptions } from "../machine/remote.ts";

export interface OpenedShelf {
  /** Undefined where there is nothing: no store was ever made. */
  readonly shelf: Shelf | undefined;
  /** The same place, for evidence. */
  readonly repository: Repository;
}

/** Where the images of a name lie, by what its registry can do. */
export async function openShelf(
  machine: Machine,
  project: Project,
  name: string,
  { warn, signal }: { readonly warn: (line: string) => void; readonly signal: AbortSignal },
): Promise<OpenedShelf> {
  const { registry, repository: path } = parseReference(name);
  if (isEmbedded(name, project)) {
    if (!existsSync(project.storeDir)) return { shelf: undefined, repository: memoryStore() };
    const layout = await openLayout(project.storeDir);
    return { shelf: remembering(layoutShelf(layout, path)), repository: layout.repository(path) };
  }
  const location = { registry, repository: path };
  const { remoteManifests } = await import("@seaworthy/oci/remote");
  const options = await remoteOptions(machine, signal, warn);
  const manifests = remoteManifests(location, options);
  const repository = openRemote(machine, signal, warn)(location);
  if (registry !== GHCR)
    return { shelf: remembering(registryShelf({ name, manifests, repository })), repository };
  const token = await githubToken(machine, options, path, signal);
  const api = openPackages(token, path, options);
  return { shelf: remembering(githubPackagesShelf({ name, api, manifests })), repository };
}

/** `ghcr.io/owner/a/b` is the package `a/b` of `owner`. */
function openPackages(token: Secret, path: string, { http, onRetry }: RemoteOptions): PackagesApi {
  const [owner = "", ...rest] = path.split("/");
  const access = {
    apiUrl: "https://api.github.com",
    token,
    clock: systemClock,
    ...(http === undefined ? {} : { http }),
    ...(onRetry === undefined ? {} : { onRetry }),
  };
  return packagesApi(access, { owner, name: rest.join("/") });
}

const GHCR = "ghcr.io";

/** GitHub's API takes the token that its registry takes as a password. */
async function githubToken(
  { env }: Machine,
  { credentials }: Pick<RemoteOptions, "credentials">,
  repository: string,
  signal: AbortSignal,
): Promise<Secret> {
  const found = await credentials?.find(GHCR, repository, signal);
  if (found?.kind === "basic") return found.password;
  const token = env["GITHUB_TOKEN"]?.trim() ?? "";
  if (token !== "") return new Secret(token);
  throw new CliError("unmet", `${GHCR}: deleting there takes a token, found none`, {
    hint: 'run "seaworthy login ghcr.io" with a token that has read:packages and delete:packages; in a workflow: env: GITHUB_TOKEN: ${{ github.token }}',
  });
}
