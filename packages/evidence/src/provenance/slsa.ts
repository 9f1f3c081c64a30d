import { parseReference } from "@seaworthy/oci";
import { findSecrets } from "../secrets/texts.ts";
import type { BaseMaterial, BuildFacts } from "./facts.ts";

export const PROVENANCE_TYPE = "https://slsa.dev/provenance/v1";
/** What `externalParameters` below mean. */
export const BUILD_TYPE = "https://seaworthy.dev/build/v1";
const REDACTED = "[redacted]";

/** in-toto, spec/v1/resource_descriptor.md. */
export interface Resource {
  readonly uri?: string;
  readonly name?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** SLSA provenance v1. */
export interface Provenance {
  readonly buildDefinition: {
    readonly buildType: string;
    readonly externalParameters: {
      readonly source: { readonly uri?: string; readonly ref?: string };
      readonly context: string;
      readonly dockerfile: string;
      readonly target?: string;
      readonly platforms: readonly string[];
      readonly args: Readonly<Record<string, string>>;
    };
    readonly internalParameters: { readonly uncommittedChanges: boolean };
    readonly resolvedDependencies: readonly Resource[];
  };
  readonly runDetails: {
    readonly builder: { readonly id: string; readonly version?: Readonly<Record<string, string>> };
    readonly metadata: {
      readonly invocationId?: string;
      readonly startedOn: string;
      readonly finishedOn: string;
    };
  };
}

/**
 * Where an image comes from. Materials are the commit, pulled bases by digest, and every package of an assembled one,
 * sorted, each once. Args that are secret or look like it are named without their value.
 */
export async function provenanceOf(facts: BuildFacts): Promise<Provenance> {
  const { source, context, dockerfile, target, platforms, bases, builder } = facts;
  const uri = gitUri(source.url);
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: {
        source: { ...given({ uri, ref: source.ref }) },
        context,
        dockerfile,
        ...given({ target }),
        platforms,
        args: await withoutSecrets(facts),
      },
      internalParameters: { uncommittedChanges: source.dirty },
      resolvedDependencies: [...sourceOf(source, uri), ...distinct(bases.flatMap(materialsOf))],
    },
    runDetails: {
      builder: { id: builder.id, ...given({ version: builder.versions }) },
      metadata: {
        ...given({ invocationId: builder.invocation }),
        startedOn: facts.startedAt.toISOString(),
        finishedOn: facts.finishedAt.toISOString(),
      },
    },
  };
}

async function withoutSecrets({
  args,
  secretArgs = [],
}: BuildFacts): Promise<Readonly<Record<string, string>>> {
  const texts = Object.entries(args).map(([name, value]) => ({ where: name, text: `${name}=${value}` }));
  const secret = new Set([...secretArgs, ...(await findSecrets(texts)).map(({ where }) => where)]);
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, secret.has(name) ? REDACTED : value]),
  );
}

/** `git+https://…` (SPDX download location, as SLSA writes it). Remotes may carry a token, which is left out. */
function gitUri(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const address = new URL(url);
  address.username = "";
  address.password = "";
  return `git+${address.href.replace(/\/$/, "")}`;
}

function sourceOf({ revision }: BuildFacts["source"], uri: string | undefined): readonly Resource[] {
  if (revision === undefined) return [];
  return [{ ...given({ uri }), name: "source", digest: { gitCommit: revision } }];
}

function materialsOf(base: BaseMaterial): readonly Resource[] {
  if (base.kind === "pulled") {
    const [algorithm = "", value = ""] = base.digest.split(":");
    return [{ uri: imagePurl(base), name: base.name, digest: { [algorithm]: value } }];
  }
  return base.packages.map(({ purl, digest }) => ({ uri: purl, digest }));
}

/** purl-spec, types/oci: the digest is the version, the last part of the repository the name. */
function imagePurl({ name, digest }: Extract<BaseMaterial, { kind: "pulled" }>): string {
  const { registry, repository, tag } = parseReference(name);
  const last = repository.slice(repository.lastIndexOf("/") + 1);
  const qualifiers = new URLSearchParams({ repository_url: `${registry}/${repository}`, ...given({ tag }) });
  return `pkg:oci/${last}@${encodeURIComponent(digest)}?${qualifiers.toString()}`;
}

/** Platforms share packages, and bases platforms. */
function distinct(resources: readonly Resource[]): readonly Resource[] {
  const byKey = new Map(resources.map((one) => [`${one.uri} ${JSON.stringify(one.digest)}`, one]));
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, resource]) => resource);
}

function given<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
