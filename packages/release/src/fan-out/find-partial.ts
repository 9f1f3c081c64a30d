import {
  type Descriptor,
  type Repository,
  SeaworthyError,
  type StoredImage,
  formatPlatform,
  isManifestType,
  parseDigest,
  readImage,
  readManifest,
} from "@seaworthy/oci";
import { type Statement, findStatements } from "@seaworthy/evidence";
import { DAMAGED } from "../damaged.ts";
import type { ReleaseRequest } from "../request.ts";
import { type Verification, findPassed, verifyKey } from "../verify/result.ts";
import { PARTIAL_TYPE, type Partial, isPartial } from "./partial.ts";
import { type Slot, slotOf } from "./slot.ts";

/** A platform's result as it is in the registry, looked at and found to be what the release needs. */
export interface FoundPartial {
  readonly partial: Partial;
  readonly manifest: Descriptor;
  readonly image: StoredImage;
  readonly verification: Verification;
  /** What its run found out about it, for the gates. */
  readonly statements: readonly Statement[];
}

/** Either the result or, each a line for people, why there is none. */
export type PartialAnswer = { readonly found: FoundPartial } | { readonly missing: readonly string[] };

/**
 * What was filed for one platform of this release, the last of several. Everything it says is held against the content
 * itself: its digest, its platform, the commit it names, and the result of its checks.
 */
export async function findPartial(
  request: ReleaseRequest,
  platform: ReleaseRequest["build"]["platforms"][number],
  repository: Repository,
  signal: AbortSignal,
): Promise<PartialAnswer> {
  const slot = slotOf(request, platform);
  const name = formatPlatform(platform);
  const problems: string[] = [];
  const statements = await findStatements(repository, slot.descriptor, {
    predicateType: PARTIAL_TYPE,
    onProblem: ({ message }) => void problems.push(`${name}: tampered: ${message}`),
    signal,
  });
  const partials = statements.flatMap(({ manifest, statement: { predicate } }) => {
    if (isPartial(predicate)) return [predicate];
    problems.push(`${name}: tampered: evidence ${manifest.digest} is no result of a platform`);
    return [];
  });
  for (const partial of partials.toSorted(newestFirst)) {
    const answer = await inspect(partial, slot, request, repository, signal);
    if (typeof answer !== "string") return { found: answer };
    problems.push(`${name}: ${answer}`);
  }
  if (problems.length > 0) return { missing: problems };
  return { missing: [`${name}: no result of commit ${slot.revision.slice(0, 12)} with these settings`] };
}

function newestFirst(a: Partial, b: Partial): number {
  return a.finishedAt < b.finishedAt ? 1 : a.finishedAt > b.finishedAt ? -1 : 0;
}

/** What is wrong with a result; else what it stands for. */
async function inspect(
  partial: Partial,
  slot: Slot,
  request: ReleaseRequest,
  repository: Repository,
  signal: AbortSignal,
): Promise<FoundPartial | string> {
  if (partial.revision !== slot.revision || partial.request !== slot.request) {
    return `stale: made from commit ${partial.revision.slice(0, 12)} or other settings, expected ${slot.revision.slice(0, 12)}`;
  }
  try {
    const { mediaType, size } = partial.manifest;
    const manifest = {
      mediaType,
      size,
      digest: parseDigest(partial.manifest.digest),
      platform: slot.platform,
    };
    if (!isManifestType(mediaType)) return `tampered: names ${mediaType}, expected an image manifest`;
    const image = await readImage(repository, manifest);
    const wrong = await mismatch(image, partial, request, repository);
    if (wrong !== undefined) return wrong;
    const verification = await findPassed(repository, manifest, {
      key: verifyKey(request.verify),
      cannotRun: request.cannotRun(slot.platform),
      onProblem: () => undefined,
      signal,
    });
    if (verification === undefined) {
      return `tampered: image ${manifest.digest.slice(0, 19)} has no passed result of these checks`;
    }
    const examined = await findExamined(manifest, request, repository, signal);
    if ("missing" in examined) {
      return `tampered: image ${manifest.digest.slice(0, 19)} has no ${examined.missing} with it`;
    }
    return { partial, manifest, image, verification, statements: examined.statements };
  } catch (error) {
    if (!(error instanceof SeaworthyError) || !DAMAGED.has(error.code)) throw error;
    return `tampered: ${error.message}`;
  }
}

/** Whatever data they were made from: gates judge what is there, and its age. */
async function findExamined(
  manifest: Descriptor,
  { examinations }: ReleaseRequest,
  repository: Repository,
  signal: AbortSignal,
): Promise<{ readonly statements: readonly Statement[] } | { readonly missing: string }> {
  const statements: Statement[] = [];
  for (const { name, types } of examinations.filter(({ about }) => about !== "index")) {
    for (const predicateType of types) {
      const onProblem = (): void => undefined;
      const found = await findStatements(repository, manifest, { predicateType, onProblem, signal });
      if (found.length === 0) return { missing: name };
      statements.push(...found.map(({ statement }) => statement));
    }
  }
  return { statements };
}

/** The image says itself what it is for and where it comes from. */
async function mismatch(
  image: StoredImage,
  { platform }: Partial,
  { build }: ReleaseRequest,
  repository: Repository,
): Promise<string | undefined> {
  if (image.platform !== platform) return `tampered: its image is for ${image.platform}`;
  const { annotations = {} } = await readManifest(repository, image.manifest);
  for (const [name, value] of Object.entries(build.annotations ?? {})) {
    if (annotations[name] !== value) {
      return `stale: its image says ${name}=${annotations[name] ?? "nothing"}, expected ${value}`;
    }
  }
  return undefined;
}
