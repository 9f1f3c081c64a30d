import { basesOf } from "@seaworthy/builder";
import type { BasesLock, LockedBase } from "@seaworthy/debian";
import {
  type BaseMaterial,
  type BuildFacts,
  PROVENANCE_TYPE,
  builderOf,
  provenanceOf,
} from "@seaworthy/evidence";
import {
  type Platform,
  digestOf,
  formatPlatform,
  formatReference,
  hostPlatform,
  parseReference,
  withDefaultTag,
} from "@seaworthy/oci";
import type { Examination, ReleaseRequest } from "@seaworthy/release";
import type { Machine } from "../machine/machine.ts";

export interface ProvenanceContext {
  readonly request: ReleaseRequest;
  readonly machine: Pick<Machine, "env">;
  /** Paths as the config has them. */
  readonly paths: { readonly context: string; readonly dockerfile: string };
  readonly lock: BasesLock | undefined;
  /** Digests of the images that this build pulled, by reference as FROM has it. */
  readonly pulled: ReadonlyMap<string, string>;
  readonly version: string;
  readonly startedAt: Date;
  readonly now: () => Date;
}

/** Who made the index and each platform's image, how, and from what: SLSA provenance. */
export function provenanceExamination(context: ProvenanceContext): Examination {
  return {
    name: "provenance",
    about: "both",
    types: [PROVENANCE_TYPE],
    // The same thing made again by the same builder from the same materials says nothing new.
    key: () => {
      const { startedAt: _, finishedAt: __, builder, ...facts } = factsOf(context);
      return Promise.resolve(digestOf(JSON.stringify([facts, builder.id, builder.versions])));
    },
    examine: async () => [
      { predicateType: PROVENANCE_TYPE, predicate: await provenanceOf(factsOf(context)) },
    ],
  };
}

function factsOf(context: ProvenanceContext): BuildFacts {
  const { request, machine, paths, version, startedAt, now } = context;
  const { source, build } = request;
  const { url, revision, branch, tag, dirty } = source;
  const ref = tag === undefined ? branch && `refs/heads/${branch}` : `refs/tags/${tag}`;
  return {
    source: {
      dirty,
      ...(url === undefined ? {} : { url }),
      ...(revision === undefined ? {} : { revision }),
      ...(ref === undefined ? {} : { ref }),
    },
    ...paths,
    ...(build.target === undefined ? {} : { target: build.target }),
    platforms: build.platforms.map((platform) => formatPlatform(platform)),
    args: build.args ?? {},
    bases: materialsOf(context),
    builder: builderOf(machine.env, { seaworthy: version }),
    startedAt,
    finishedAt: now(),
  };
}

function materialsOf({ request, lock, pulled }: ProvenanceContext): readonly BaseMaterial[] {
  return basesOf(request.build, hostPlatform()).flatMap<BaseMaterial>(({ name, how }) => {
    if (how === "assembled") {
      return [{ kind: "assembled", packages: packagesOf(lock?.bases[name], request.build.platforms) }];
    }
    const digest = pulled.get(formatReference(withDefaultTag(parseReference(name))));
    return digest === undefined ? [] : [{ kind: "pulled", name, digest }];
  });
}

/** Of the platforms that are built, and of this machine's, whose stages build for the others. */
function packagesOf(
  base: Readonly<Record<string, LockedBase>> | undefined,
  platforms: readonly Platform[],
): (BaseMaterial & { readonly kind: "assembled" })["packages"] {
  const names = new Set([...platforms, hostPlatform()].map((platform) => formatPlatform(platform)));
  const all = [...names].flatMap((name) => {
    const locked = base?.[name];
    if (locked === undefined) return [];
    return [
      ...locked.packages.map(({ name: deb, version, arch, sha256 }) => ({
        purl: `pkg:deb/debian/${deb}@${encodeURIComponent(version)}?arch=${arch}`,
        digest: { sha256 },
      })),
      ...locked.npm.map(({ name: npm, version, integrity }) => ({
        purl: `pkg:npm/${npm.split("/").map(encodeURIComponent).join("/")}@${encodeURIComponent(version)}`,
        digest: hashOf(integrity),
      })),
    ];
  });
  return [...new Map(all.map((one) => [one.purl, one])).values()];
}

/** Subresource Integrity, "sha512-…", as npm's locks have it. */
function hashOf(integrity: string): Readonly<Record<string, string>> {
  const [algorithm = "", base64 = ""] = integrity.split(" ")[0]!.split("-");
  return { [algorithm]: Buffer.from(base64, "base64").toString("hex") };
}
