import { type Descriptor, digestOf, formatPlatform, readIndex } from "@seaworthy/oci";
import { type BuildResult, type Progress, type StepResult, step } from "@seaworthy/builder";
import { attachStatement, findStatements, statementAbout } from "@seaworthy/evidence";
import { ReleaseError } from "./error.ts";
import { type Published, publish } from "./publish.ts";
import { type ReleaseRecord, attachRecord, findRecords } from "./record.ts";
import type { ReleaseRequest, ReleaseResult, ReleaseTools } from "./request.ts";
import { isoTime } from "./time.ts";
import { tagsFor } from "./tags.ts";
import type { PlatformResult } from "./verify/checks.ts";
import { readImage } from "./verify/rootfs.ts";
import { verifyIndex } from "./verify/verify.ts";

const VERIFY_TYPE = "https://seaworthy.dev/verify-result/v1";

interface StageTime {
  readonly name: string;
  readonly status: string;
  readonly ms: number;
}

/** build → verify → publish → record, over one digest. Every stage finds what an earlier run has done and keeps it. */
export async function release(request: ReleaseRequest, tools: ReleaseTools): Promise<ReleaseResult> {
  const times: StageTime[] = [];
  const startedAt = isoTime(tools.now());
  const built = await stage(tools, times, "build", (progress) => buildStage(request, tools, progress));
  const { index } = built;
  const verification = await stage(tools, times, "verify", (progress) =>
    verifyStage(index, request, tools, progress),
  );
  const { version, tags } = tagsFor(request.source);
  const published = await stage(tools, times, "publish", () => publishStage(index, tags, tools));
  const sizes = await sizesOf(index, tools);
  const draft = { request, version, index, built, verification, published, startedAt, times };
  const recorded = await stage(tools, times, "record", () => recordStage(draft, tools));
  return {
    index,
    reference: `${request.name}@${index.digest}`,
    version,
    tags: published.moves,
    verification,
    sizes,
    bytesSent: published.stats.bytesSent,
    changed: recorded || published.moves.some(({ from, to }) => from !== to),
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
  return { value, note: `${value.index.digest}, ${cached} of ${total} steps cached` };
}

async function verifyStage(
  index: Descriptor,
  request: ReleaseRequest,
  tools: ReleaseTools,
  progress: Progress,
): Promise<StepResult<readonly PlatformResult[]>> {
  const { build, verify, cannotRun } = request;
  const reasons = build.platforms.map((platform) => [
    formatPlatform(platform),
    cannotRun(platform) ?? "runs",
  ]);
  const key = digestOf(JSON.stringify([verify, reasons]));
  const local = tools.layout.repository(repositoryOf(request.name));
  const [known] = await findStatements<readonly PlatformResult[]>(local, index, {
    predicateType: VERIFY_TYPE,
    key,
  });
  const passed = (results: readonly PlatformResult[]): boolean =>
    results.every(({ status }) => status !== "failed");
  if (known !== undefined && passed(known.statement.predicate)) {
    return {
      value: known.statement.predicate,
      status: "cached",
      note: "this digest passed the same checks before",
    };
  }
  const results = await verifyIndex(index, verify, { ...tools, cannotRun, progress });
  if (!passed(results)) throw refused(results);
  const statement = statementAbout(index, {
    name: request.name,
    predicateType: VERIFY_TYPE,
    predicate: results,
  });
  await attachStatement(local, index, statement, { key, signal: tools.signal });
  const left = results.filter(({ status }) => status === "not-run").map(({ reason }) => `not run: ${reason}`);
  return { value: results, ...(left.length === 0 ? {} : { note: left.join("; ") }) };
}

export function repositoryOf(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

function refused(results: readonly PlatformResult[]): ReleaseError {
  const lines = results.flatMap(({ platform, checks }) =>
    checks
      .filter(({ ok }) => !ok)
      .flatMap(({ name, problem, output = [] }) => [
        `  ${platform} ${name}: ${problem}`,
        ...output.map((line) => `    | ${line}`),
      ]),
  );
  return new ReleaseError("refused", `verify: the image must not be published\n${lines.join("\n")}`, {
    hint: "mend what failed and run the release again; nothing was published",
  });
}

async function publishStage(
  index: Descriptor,
  tags: readonly string[],
  tools: ReleaseTools,
): Promise<StepResult<Published>> {
  const { layout, repository, signal } = tools;
  const value = await publish(index, tags, { from: layout, to: repository, signal });
  const moved = value.moves.filter(({ from, to }) => from !== to).map(({ tag }) => tag);
  if (moved.length === 0) return { value, status: "cached", note: "every tag is there already" };
  return { value, note: `${moved.join(", ")} → ${index.digest.slice(0, 19)}` };
}

async function sizesOf(index: Descriptor, { layout }: ReleaseTools): Promise<ReleaseResult["sizes"]> {
  const { manifests } = await readIndex(layout, index);
  return Promise.all(
    manifests.map(async (manifest) => {
      const { config, size } = await readImage(layout, manifest);
      return { platform: formatPlatform(config), size };
    }),
  );
}

interface Draft {
  readonly request: ReleaseRequest;
  readonly version: string;
  readonly index: Descriptor;
  readonly built: BuildResult;
  readonly verification: readonly PlatformResult[];
  readonly published: Published;
  readonly startedAt: string;
  readonly times: readonly StageTime[];
}

/** A release that changed nothing has its record already. */
async function recordStage(draft: Draft, tools: ReleaseTools): Promise<StepResult<boolean>> {
  const { request, version, index, published } = draft;
  const moved = published.moves.some(({ from, to }) => from !== to);
  const known = await findRecords(tools.repository, index, version);
  if (!moved && known.length > 0) return { value: false, status: "cached", note: "recorded before" };
  const { manifests } = await readIndex(tools.layout, index);
  const images = await Promise.all(manifests.map((manifest) => readImage(tools.layout, manifest)));
  const record: ReleaseRecord = {
    version,
    reference: `${request.name}@${index.digest}`,
    startedAt: draft.startedAt,
    finishedAt: isoTime(tools.now()),
    trigger: request.trigger,
    source: request.source,
    stages: draft.times,
    steps: draft.built.steps,
    platforms: images.map(({ config, manifest, size, layers }) => {
      const platform = formatPlatform(config);
      const result = draft.verification.find((candidate) => candidate.platform === platform);
      return {
        platform,
        digest: manifest.digest,
        size,
        layers: layers.map((layer) => layer.size),
        verify: result?.status ?? "not-run",
        ...measured(result),
      };
    }),
    tags: published.moves,
  };
  await attachRecord(tools.repository, index, request.name, record, tools.signal);
  return { value: true, note: "attached to the digest" };
}

function measured(result: PlatformResult | undefined): { startMs?: number; memory?: number } {
  const starts = (result?.checks ?? []).flatMap(({ startMs }) => startMs ?? []).toSorted((a, b) => a - b);
  const memories = (result?.checks ?? []).flatMap(({ memory }) => memory ?? []);
  return {
    ...(starts.length === 0 ? {} : { startMs: starts[starts.length >> 1]! }),
    ...(memories.length === 0 ? {} : { memory: Math.max(...memories) }),
  };
}
