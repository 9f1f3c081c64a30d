import { type Descriptor, type Repository, memoryStore } from "@seaworthy/oci";
import { exportIndex } from "@seaworthy/builder";
import { ReleaseError } from "../error.ts";
import { examineOne } from "../examine/examine.ts";
import type { Filed } from "../filed.ts";
import type { Published } from "../publish.ts";
import type { ReleaseRequest, ReleaseResult, ReleaseTools } from "../request.ts";
import { gatesStage } from "../stages/gates.ts";
import { publishStage } from "../stages/publish.ts";
import { recordStage } from "../stages/record.ts";
import { signStage } from "../stages/sign.ts";
import { type StageTime, stage } from "../stages/stage.ts";
import { passedOver } from "../stages/verify.ts";
import { refuseEarly } from "../tags/guard/refuse-early.ts";
import { attachTests, testStatement } from "../tests/evidence.ts";
import { isoTime } from "../time.ts";
import { type FoundPartial, findPartial } from "./find-partial.ts";

export type MergeTools = Pick<
  ReleaseTools,
  "repository" | "ancestry" | "attach" | "sign" | "signTags" | "progress" | "signal" | "now" | "onAnswers"
>;

/**
 * Makes one release of what the runners of the single platforms have filed: one index over their images, the remaining
 * gates, then the tags. Nothing is built, unpacked or sent again; the digest is the one that a single machine gives.
 * @throws ReleaseError `refused` where a platform's result is missing, stale or tampered with
 */
export async function mergePartials(request: ReleaseRequest, tools: MergeTools): Promise<ReleaseResult> {
  if (request.noPush !== undefined) {
    throw new ReleaseError("refused", `merge: nothing was pushed to merge: ${request.noPush}`, {
      hint: "the runs of the single platforms have built and verified it",
    });
  }
  const times: StageTime[] = [];
  const startedAt = isoTime(tools.now());
  const parts = await stage(tools, times, "collect", async () => {
    const value = await collectAll(request, tools);
    return { value, note: value.map(({ image }) => image.platform).join(", ") };
  });
  const made = memoryStore();
  const manifests = parts.map(({ manifest }) => manifest);
  const index = await exportIndex(manifests, made, request.build.annotations);
  await refuseEarly(request, tools, index.digest);
  const facts = factsOf(parts);
  const { name, tags } = request;
  const gates =
    request.gates.length === 0
      ? []
      : await stage(tools, times, "gates", (progress) =>
          gatesStage(subjectOf(index, request, parts), request, { ...tools, progress }),
        );
  const published = await publishMerged({ index, parts, made, request }, tools, times);
  const reference = `${name}@${index.digest}`;
  const draft = { request, version: tags.version, reference, startedAt, gates, published, ...facts };
  const { record, isNew } = await stage(tools, times, "record", () =>
    recordStage(index, { ...draft, stages: [...facts.stages, ...times] }, tools),
  );
  return {
    index,
    reference,
    record,
    version: tags.version,
    tags: published.moves,
    verification: facts.results,
    sizes: facts.images.map(({ platform, size }) => ({ platform, size })),
    tests: facts.tests,
    steps: facts.steps,
    gates,
    stages: times,
    bytesSent: published.stats.bytesSent,
    changed: isNew || published.stats.sent > 0,
  };
}

interface Merged {
  readonly index: Descriptor;
  readonly parts: readonly FoundPartial[];
  /** What was made here. */
  readonly made: Repository;
  readonly request: ReleaseRequest;
}

/** What is said of the index, who answers for it, then everything into the registry, tags last. */
async function publishMerged(
  { index, parts, made, request }: Merged,
  tools: MergeTools,
  times: StageTime[],
): Promise<Published> {
  const both = over(made, tools.repository);
  const said = await examineIndex(index, request, both, tools, times);
  const signatures = await signStage(both, index, tools, times);
  return stage(tools, times, "publish", async (progress) => {
    const tested = await evidenceOf(index, request, parts, made, tools);
    const evidence = [...tested, ...said, ...signatures];
    return publishStage(index, request, tools, { from: both, evidence, progress });
  });
}

/** All of them, or a refusal that says for each platform what is wrong. */
async function collectAll(
  request: ReleaseRequest,
  { repository, signal }: MergeTools,
): Promise<readonly FoundPartial[]> {
  const answers = await Promise.all(
    request.build.platforms.map((platform) => findPartial(request, platform, repository, signal)),
  );
  const missing = answers.flatMap((answer) => ("missing" in answer ? answer.missing : []));
  const incomplete = answers.some((answer) => "missing" in answer);
  if (!incomplete) return answers.flatMap((answer) => ("found" in answer ? [answer.found] : []));
  throw new ReleaseError(
    "refused",
    `merge: found ${answers.length - answers.filter((answer) => "missing" in answer).length} of ${answers.length} platforms\n  ${missing.join("\n  ")}`,
    {
      hint: 'run "seaworthy release --partial --platform …" for what is missing, at this commit; no tag moved',
    },
  );
}

/** What a record says of the runs together: each stage under its platform. */
function factsOf(parts: readonly FoundPartial[]) {
  const [first] = parts;
  return {
    images: parts.map(({ image }) => image),
    results: parts.map(({ verification }) => verification.result),
    stages: parts.flatMap(({ partial }) =>
      partial.stages.map((time) => ({ ...time, name: `${time.name} ${partial.platform}` })),
    ),
    steps: {
      cached: parts.reduce((sum, { partial }) => sum + partial.steps.cached, 0),
      total: parts.reduce((sum, { partial }) => sum + partial.steps.total, 0),
    },
    tests: first === undefined ? [] : testsOf(parts),
  };
}

/** Each platform ran the same commands; they stay apart by its name. */
function testsOf(parts: readonly FoundPartial[]) {
  return parts.flatMap(({ partial }) =>
    partial.tests.map((test) => ({ ...test, name: `${test.name} (${partial.platform})` })),
  );
}

function subjectOf(index: Descriptor, request: ReleaseRequest, parts: readonly FoundPartial[]) {
  const { name, source, tags } = request;
  const results = testsOf(parts);
  const tested = results.length === 0 ? [] : [testStatement({ name, target: index, source, results })];
  return {
    name,
    source,
    version: tags.version,
    digest: index.digest,
    images: parts.map(({ image }) => image),
    evidence: [
      ...tested,
      ...parts.flatMap(({ verification, statements }) => [verification.statement, ...statements]),
    ],
  };
}

async function evidenceOf(
  index: Descriptor,
  { name, source }: ReleaseRequest,
  parts: readonly FoundPartial[],
  made: Repository,
  { attach, signal }: MergeTools,
): Promise<readonly Filed[]> {
  const results = testsOf(parts);
  if (results.length === 0) return [];
  const subject = { name, target: index, source, results };
  return [await attachTests(made, subject, { attach, key: undefined, signal })];
}

/** What the single runs could not say: theirs was an index of one platform. */
async function examineIndex(
  index: Descriptor,
  { name, examinations }: ReleaseRequest,
  local: Repository,
  tools: MergeTools,
  times: StageTime[],
): Promise<readonly Filed[]> {
  const wanted = examinations.filter(({ about }) => about !== "platforms");
  if (wanted.length === 0) return [];
  const { attach, signal } = tools;
  return stage(tools, times, "evidence", async (progress) => {
    const examine = { name, local, attach, onProblem: passedOver(progress), signal };
    const subject = { target: index, store: local };
    const found = await Promise.all(wanted.map((examination) => examineOne(examination, subject, examine)));
    const cached = found.every((each) => each.cached);
    return { value: found.flatMap(({ filed }) => filed), ...(cached ? { status: "cached" as const } : {}) };
  });
}

/** What was made here over what the registry has; what is written stays here until it is published. */
function over(made: Repository, repository: Repository): Repository {
  const refused = (): Promise<never> => Promise.reject(new Error("nothing is written past the publish"));
  return {
    has: async (target, signal) => (await made.has(target, signal)) || repository.has(target, signal),
    open: async (target, signal) =>
      (await made.has(target, signal)) ? made.open(target, signal) : repository.open(target, signal),
    put: (target, content, signal) => made.put(target, content, signal),
    delete: refused,
    list: () => made.list(),
    resolve: async (reference, signal) =>
      (await made.resolve(reference, signal)) ?? repository.resolve(reference, signal),
    tag: refused,
    untag: refused,
    tags: (signal) => repository.tags(signal),
    referrers: async (subject, type, signal) => [
      ...(await made.referrers(subject, type, signal)),
      ...(await repository.referrers(subject, type, signal)),
    ],
  };
}
