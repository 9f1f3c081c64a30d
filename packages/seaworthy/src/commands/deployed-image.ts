import { type Descriptor, type Repository, parseDigest } from "@seaworthy/oci";
import type { DeployedImage } from "@seaworthy/deploy";
import { labelsOf } from "@seaworthy/release";
import { CliError } from "../error.ts";

const VERSION = "org.opencontainers.image.version";
const REVISION = "org.opencontainers.image.revision";

/**
 * An image of the repository by tag, version or digest, as targets take it.
 * @throws CliError `usage` where there is none
 */
export async function deployedImage(
  name: string,
  wanted: string,
  repository: Repository,
  signal: AbortSignal,
): Promise<DeployedImage> {
  const found = await repository.resolve(wanted, signal);
  if (found === undefined) {
    throw new CliError("usage", `${name}: has no ${JSON.stringify(wanted)}`, {
      hint: 'name a tag or a digest; "seaworthy history" shows what was released',
    });
  }
  return describe(name, wanted, found, repository, signal);
}

async function describe(
  name: string,
  wanted: string,
  found: Descriptor,
  repository: Repository,
  signal: AbortSignal,
): Promise<DeployedImage> {
  const labels = await labelsOf(repository, found, signal);
  const revision = labels[REVISION];
  return {
    name,
    digest: parseDigest(found.digest),
    version: labels[VERSION] ?? wanted,
    ...(revision === undefined || revision === "" ? {} : { revision }),
  };
}
