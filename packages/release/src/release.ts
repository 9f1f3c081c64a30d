import { type Descriptor, type StoredImage, readImage, readIndex } from "@seaworthy/oci";
import type { BuildResult } from "@seaworthy/builder";
import type { Statement } from "@seaworthy/evidence";
import type { Filed } from "./filed.ts";
import type { ReleaseRequest, ReleaseResult, ReleaseTools } from "./request.ts";
import { buildStage } from "./stages/build.ts";
import { evidenceStage } from "./stages/evidence.ts";
import { gatesStage } from "./stages/gates.ts";
import { publishStage } from "./stages/publish.ts";
import { recordStage } from "./stages/record.ts";
import { signStage } from "./stages/sign.ts";
import { sourcesStage } from "./stages/sources.ts";
import { type StageTime, stage } from "./stages/stage.ts";
import { testsStage } from "./stages/tests.ts";
import { verifyStage } from "./stages/verify.ts";
import { refuseEarly } from "./tags/guard/refuse-early.ts";
import { attachTests, testStatement } from "./tests/evidence.ts";
import { testKey } from "./tests/remembered.ts";
import type { TestResult } from "./tests/test.ts";
import type { GateResult } from "./gates/gate.ts";
import { isoTime } from "./time.ts";
import type { Verification } from "./verify/result.ts";

/**
 * tests → build → verify → gates → publish → record, over one digest. Every stage finds what an earlier run has done
 * and keeps it. Nothing leaves the machine before the last gate has passed.
 */
export async function release(request: ReleaseRequest, tools: ReleaseTools): Promise<ReleaseResult> {
  const times: StageTime[] = [];
  const startedAt = isoTime(tools.now());
  const approved = await approve(request, tools, times);
  const { index, images, tests, gates, verifications, steps } = approved;
  const { version } = request.tags;
  const reference = `${request.name}@${index.digest}`;
  const verification = verifications.map(({ result }) => result);
  const sizes = images.map(({ platform, size }) => ({ platform, size }));
  const common = { index, reference, version, tests, verification, gates, sizes, steps };
  if (request.noPush !== undefined) {
    return { ...common, stages: times, tags: [], bytesSent: 0, notPushed: request.noPush, changed: true };
  }
  const local = tools.layout.repository(repositoryOf(request.name));
  const signatures = await signStage(local, index, tools, times);
  const published = await stage(tools, times, "publish", (progress) =>
    publishApproved(request, tools, approved, { signatures, progress }),
  );
  const draft = { request, version, reference, startedAt, images, tests, gates, published, steps };
  const { record, isNew } = await stage(tools, times, "record", () =>
    recordStage(index, { ...draft, stages: [...times], results: verification }, tools),
  );
  return {
    ...common,
    record,
    stages: times,
    tags: published.moves,
    bytesSent: published.stats.bytesSent,
    changed: isNew || published.stats.sent > 0,
  };
}

/** What passed every gate. */
export interface Approved {
  readonly index: Descriptor;
  readonly manifests: readonly Descriptor[];
  readonly images: readonly StoredImage[];
  readonly tests: readonly TestResult[];
  readonly verifications: readonly Verification[];
  readonly gates: readonly GateResult[];
  readonly steps: BuildResult["steps"];
  /** All evidence so far. */
  readonly filed: readonly Filed[];
}

/** Everything up to the last gate; leaves the machine as alone as it was. */
export async function approve(
  request: ReleaseRequest,
  tools: ReleaseTools,
  times: StageTime[],
): Promise<Approved> {
  if (request.sources.length > 0) await stage(tools, times, "sources", () => sourcesStage(request, tools));
  const tests =
    request.tests.length === 0
      ? []
      : await stage(tools, times, "tests", (progress) => testsStage(request, tools, progress));
  const { index, steps } = await stage(tools, times, "build", (progress) =>
    buildStage(request, tools, progress),
  );
  await refuseEarly(request, tools, index.digest);
  const { manifests } = await readIndex(tools.layout, index, tools.signal);
  const local = tools.layout.repository(repositoryOf(request.name));
  const verifications = await stage(tools, times, "verify", (progress) =>
    verifyStage(manifests, request, tools, { local, progress }),
  );
  const images = await Promise.all(manifests.map((manifest) => readImage(tools.layout, manifest)));
  const examined =
    request.examinations.length === 0
      ? []
      : await stage(tools, times, "evidence", (progress) =>
          evidenceStage(index, images, request, tools, { local, progress }),
        );
  const { name, source, tags } = request;
  const evidence = [
    ...statementsOf(index, request, tests),
    ...verifications.map(({ statement }) => statement),
    ...examined.flatMap(({ statements }) => statements),
  ];
  const subject = { name, version: tags.version, digest: index.digest, source, images, evidence };
  const gates =
    request.gates.length === 0
      ? []
      : await stage(tools, times, "gates", (progress) =>
          gatesStage(subject, request, { ...tools, progress }),
        );
  const verified = verifications.map(({ evidence: manifest, result }) => ({
    subject: manifests.find(({ digest }) => digest === result.digest) ?? index,
    manifest,
  }));
  const filed = [...verified, ...examined.flatMap((each) => each.filed)];
  return { index, manifests, images, tests, verifications, gates, steps, filed };
}

function statementsOf(
  target: Descriptor,
  { name, source }: ReleaseRequest,
  results: readonly TestResult[],
): readonly Statement[] {
  return results.length === 0 ? [] : [testStatement({ name, target, source, results })];
}

async function publishApproved(
  request: ReleaseRequest,
  tools: ReleaseTools,
  { index, tests: results, filed }: Approved,
  {
    signatures,
    progress,
  }: { readonly signatures: readonly Filed[]; readonly progress: ReleaseTools["progress"] },
): ReturnType<typeof publishStage> {
  const { name, source } = request;
  const local = tools.layout.repository(repositoryOf(name));
  const evidence = [...filed, ...signatures];
  if (results.length > 0) {
    const key = testKey(request.tests, source);
    const { attach, signal } = tools;
    evidence.push(
      await attachTests(local, { name, target: index, source, results }, { attach, key, signal }),
    );
  }
  return publishStage(index, request, tools, { from: tools.layout, evidence, progress });
}

export function repositoryOf(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}
