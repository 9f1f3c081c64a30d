import { type Descriptor, formatPlatform } from "@seaworthy/oci";
import { statementAbout } from "@seaworthy/evidence";
import { ReleaseError } from "../error.ts";
import { approve, repositoryOf } from "../release.ts";
import type { ReleaseRequest, ReleaseResult, ReleaseTools } from "../request.ts";
import { publishStage } from "../stages/publish.ts";
import { signStage } from "../stages/sign.ts";
import { type StageTime, stage } from "../stages/stage.ts";
import { isoTime } from "../time.ts";
import { PARTIAL_TYPE, type Partial } from "./partial.ts";
import { type Slot, putSlot, slotOf } from "./slot.ts";

/**
 * One platform of a release, on a runner of that platform: everything up to the gates, then the image by its digest with
 * the evidence about it, then a word in its slot. No tag moves; `mergePartials` does that when all are there.
 *
 * @param request of the whole release; `platform` is one of its platforms
 */
export async function releasePartial(
  whole: ReleaseRequest,
  platform: ReleaseRequest["build"]["platforms"][number],
  tools: ReleaseTools,
): Promise<ReleaseResult> {
  const slot = slotOf(whole, platform);
  const times: StageTime[] = [];
  const startedAt = isoTime(tools.now());
  const request = onlyFor(platform, whole);
  const approved = await approve(request, tools, times);
  const [manifest] = approved.manifests;
  if (manifest === undefined)
    throw new ReleaseError("verify-failed", "build: gave an index without an image");
  const { verifications, tests, steps, images, gates } = approved;
  const result = {
    index: manifest,
    reference: `${request.name}@${manifest.digest}`,
    version: request.tags.version,
    verification: verifications.map((verified) => verified.result),
    sizes: images.map((image) => ({ platform: image.platform, size: image.size })),
    tags: [],
    stages: times,
    tests,
    gates,
    steps,
  };
  if (request.noPush !== undefined) {
    return { ...result, bytesSent: 0, changed: true, notPushed: request.noPush };
  }
  const local = tools.layout.repository(repositoryOf(request.name));
  const signatures = await signStage(local, manifest, tools, times);
  const { stats } = await stage(tools, times, "publish", (progress) => {
    // What is said of the index is about one that holds this platform alone: it is not the release's.
    const own = approved.filed.filter(({ subject }) => subject.digest === manifest.digest);
    const evidence = [...own, ...signatures];
    return publishStage(manifest, request, tools, { from: tools.layout, evidence, progress });
  });
  await stage(tools, times, "hand over", async () => {
    const finishedAt = isoTime(tools.now());
    const { who } = request.trigger;
    const about = { startedAt, finishedAt, who, stages: [...times], steps, tests };
    await handOver(slot, { ...about, ...partOf(slot, manifest) }, request, tools);
    return { value: undefined, note: `${formatPlatform(platform)} of commit ${slot.revision.slice(0, 12)}` };
  });
  return { ...result, bytesSent: stats.bytesSent, changed: stats.sent > 0 };
}

/** The same release as far as one platform goes; the gates that compare platforms are asked again by the merge. */
function onlyFor(
  platform: ReleaseRequest["build"]["platforms"][number],
  request: ReleaseRequest,
): ReleaseRequest {
  return {
    ...request,
    build: { ...request.build, platforms: [platform] },
    tags: { ...request.tags, moves: [] },
    gates: [],
  };
}

function partOf(
  { platform, request, revision }: Slot,
  { mediaType, digest, size }: Descriptor,
): Pick<Partial, "platform" | "manifest" | "request" | "revision"> {
  return { platform: formatPlatform(platform), manifest: { mediaType, digest, size }, request, revision };
}

async function handOver(
  slot: Slot,
  partial: Partial,
  { name }: ReleaseRequest,
  { repository, attach, signal }: ReleaseTools,
): Promise<void> {
  await putSlot(repository, slot, signal);
  const statement = statementAbout(slot.descriptor, {
    name,
    predicateType: PARTIAL_TYPE,
    predicate: partial,
  });
  await attach(repository, slot.descriptor, statement, { signal });
}
