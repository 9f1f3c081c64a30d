import { type Descriptor, type SeaworthyError, readIndex } from "@seaworthy/oci";
import { type BuildResult, type Progress, type StepResult, step } from "@seaworthy/builder";
import { type Published, publish } from "./publish.ts";
import { type Happened, type StageTime, attachRecord, findRecords, recordOf } from "./record.ts";
import type { ReleaseRequest, ReleaseResult, ReleaseTools } from "./request.ts";
import { isoTime } from "./time.ts";
import { readImage } from "./verify/rootfs.ts";
import {
  type Verification,
  attachResults,
  findPassed,
  havePassed,
  refusal,
  verifyKey,
} from "./verify/result.ts";
import { verifyIndex } from "./verify/verify.ts";

/** build → verify → publish → record, over one digest. Every stage finds what an earlier run has done and keeps it. */
export async function release(request: ReleaseRequest, tools: ReleaseTools): Promise<ReleaseResult> {
  const times: StageTime[] = [];
  const startedAt = isoTime(tools.now());
  const built = await stage(tools, times, "build", (progress) => buildStage(request, tools, progress));
  const { index } = built;
  const { manifests } = await readIndex(tools.layout, index, tools.signal);
  const { results, evidence } = await stage(tools, times, "verify", (progress) =>
    verifyStage({ index, manifests, request, progress }, tools),
  );
  const { version } = request.tags;
  const published = await stage(tools, times, "publish", (progress) =>
    publishStage(index, { request, evidence: [evidence], progress }, tools),
  );
  const images = await Promise.all(manifests.map((manifest) => readImage(tools.layout, manifest)));
  const reference = `${request.name}@${index.digest}`;
  const draft = { request, version, reference, startedAt, built, images, results, published };
  const recorded = await stage(tools, times, "record", () => recordStage(index, draft, times, tools));
  return {
    index,
    reference,
    version,
    tags: published.moves,
    verification: results,
    sizes: images.map(({ platform, size }) => ({ platform, size })),
    bytesSent: published.stats.bytesSent,
    changed: recorded || published.stats.sent > 0,
  };
}

/** A stage as a step that the steps within it name as their parent. */
function stage<T>(
  tools: ReleaseTools,
  times: StageTime[],
  name: string,
  work: (progress: Progress) => Promise<StepResult<T>>,
): Promise<T> {
  const within: Progress = (event) =>
    tools.progress(event.type === "start" && event.parent === undefined ? { ...event, parent: name } : event);
  const timed: Progress = (event) => {
    if (event.type === "end") times.push({ name, status: event.status, ms: Math.round(event.ms) });
    tools.progress(event);
  };
  tools.signal.throwIfAborted();
  return step(timed, { id: name, name }, () => work(within));
}

async function buildStage(
  request: ReleaseRequest,
  tools: ReleaseTools,
  progress: Progress,
): Promise<StepResult<BuildResult>> {
  const value = await tools.engine.build(request.build, progress, tools.signal);
  const { cached, total } = value.steps;
  const note = `${brief(value.index)}, ${cached} of ${total} steps cached`;
  return { value, ...(cached === total && total > 0 ? { status: "cached" } : {}), note };
}

/** For people: enough to tell one from another. */
function brief({ digest }: Descriptor): string {
  return digest.slice(0, "sha256:".length + 12);
}

interface Verifying {
  readonly index: Descriptor;
  readonly manifests: readonly Descriptor[];
  readonly request: ReleaseRequest;
  readonly progress: Progress;
}

async function verifyStage(
  { index, manifests, request, progress }: Verifying,
  tools: ReleaseTools,
): Promise<StepResult<Verification>> {
  const { name, build, verify, cannotRun } = request;
  const { layout, signal } = tools;
  const key = verifyKey(verify, build.platforms, cannotRun);
  const local = layout.repository(repositoryOf(name));
  const onProblem = warn(progress);
  const known = await findPassed(local, index, { key, manifests, onProblem, signal });
  if (known !== undefined) {
    return { value: known, status: "cached", note: "this digest passed the same checks before" };
  }
  const results = await verifyIndex(manifests, verify, { ...tools, cannotRun, progress });
  if (!havePassed(results)) throw refusal(results);
  const value = await attachResults(local, index, { name, key, results }, signal);
  const left = results.filter(({ status }) => status === "not-run").map(({ reason }) => `not run: ${reason}`);
  return { value, ...(left.length === 0 ? {} : { note: left.join("; ") }) };
}

export function repositoryOf(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

function warn(progress: Progress): (problem: SeaworthyError) => void {
  return ({ message }) => progress({ type: "warning", message: `passed over ${message}` });
}

async function publishStage(
  index: Descriptor,
  {
    request,
    evidence,
    progress,
  }: { request: ReleaseRequest; evidence: readonly Descriptor[]; progress: Progress },
  { layout, repository, git, signal }: ReleaseTools,
): Promise<StepResult<Published>> {
  const onSent = (done: number): void => progress({ type: "advance", id: "publish", done });
  const onRead = (done: number, total: number): void =>
    progress({ type: "advance", id: "publish", done, total });
  const { tags, forceTags = false } = request;
  const ends = { from: layout, to: repository };
  const value = await publish(index, { tags, forceTags, git, evidence, ...ends, onSent, onRead, signal });
  for (const message of value.behind) progress({ type: "warning", message: `tag not moved: ${message}` });
  const moved = value.moves.filter(({ from, to }) => from !== to).map(({ tag }) => tag);
  if (moved.length > 0) return { value, note: `${moved.join(", ")} → ${brief(index)}` };
  const status = value.stats.sent === 0 ? "cached" : "done";
  return { value, status, note: "every tag is there already" };
}

/** A release that changed nothing has its record already. */
async function recordStage(
  index: Descriptor,
  draft: Omit<Happened, "finishedAt" | "stages">,
  times: readonly StageTime[],
  { repository, signal, now, progress }: ReleaseTools,
): Promise<StepResult<boolean>> {
  const { request, version, published } = draft;
  const moved = published.moves.some(({ from, to }) => from !== to);
  const onProblem = warn(progress);
  const known = moved ? [] : await findRecords(repository, index, { version, onProblem, signal });
  if (known.length > 0) return { value: false, status: "cached", note: "recorded before" };
  const record = recordOf({ ...draft, stages: times, finishedAt: isoTime(now()) });
  await attachRecord(repository, index, request.name, record, signal);
  return { value: true, note: "attached to the digest" };
}
