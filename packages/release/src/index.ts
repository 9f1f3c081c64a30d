export { ReleaseError } from "./error.ts";
export type { ReleaseErrorCode } from "./error.ts";
export { readSource, webAddress } from "./source.ts";
export type { Git, GitAnswer, Source } from "./source.ts";
export { tagsFor } from "./tags.ts";
export { planTags } from "./tags/policy.ts";
export type { TagPolicy } from "./tags/policy.ts";
export type { LatestPolicy } from "./tags/default-policy.ts";
export type { TagPlan } from "./tags/plan.ts";
export { checkSource, readEvent } from "./tags/events/read.ts";
export type { EventFlags } from "./tags/events/read.ts";
export { mayPush } from "./tags/events/trust.ts";
export type { MayPush } from "./tags/events/trust.ts";
export { gitAncestry } from "./tags/guard/ancestry.ts";
export type { Ancestry } from "./tags/guard/ancestry.ts";
export { metadataOf } from "./tags/metadata.ts";
export type { MetadataRequest } from "./tags/metadata.ts";
export { makePlan } from "./plan.ts";
export type { ReleasePlan } from "./plan.ts";
export { release, repositoryOf } from "./release.ts";
export type { Answers, ReleaseRequest, ReleaseResult, ReleaseTools } from "./request.ts";
export { releasePartial } from "./fan-out/release-partial.ts";
export { mergePartials } from "./fan-out/merge.ts";
export type { MergeTools } from "./fan-out/merge.ts";
export type { RunCommand, TestCommand, TestPlan, TestResult } from "./tests/test.ts";
export type { Filed } from "./filed.ts";
export type { Examination, ExaminedSubject, Finding } from "./examine/examination.ts";
export type { Gate, GateResult, GateSubject } from "./gates/gate.ts";
export type { SourceGate } from "./gates/source-gate.ts";
export { sizeBudget } from "./gates/size-budget.ts";
export type { SizeBudget } from "./gates/size-budget.ts";
export { policyGate } from "./gates/policy.ts";
export type { Policy, PolicyAnswer, PolicyFacts } from "./gates/policy.ts";
export type { StageTime } from "./stages/stage.ts";
export { legalName } from "./tags/normalise.ts";
export { unpackImage } from "./verify/rootfs.ts";
export { readHistory } from "./history.ts";
export type { HistoryOptions } from "./history.ts";
export { previousReleases } from "./records/previous.ts";
export { openRecordIndex } from "./records/open-record-index.ts";
export type { RecordIndexOptions } from "./records/open-record-index.ts";
export type { RecordIndex, RunFilter } from "./records/record-index.ts";
export { runFacts, releasedRun } from "./records/run.ts";
export type { FailedRun, ReleasedRun, Run } from "./records/run.ts";
export type { ReleaseRecord } from "./record.ts";
export type { TagMove } from "./publish.ts";
export { notifyAll } from "./notify/all.ts";
export type { NotifyOptions } from "./notify/all.ts";
export { failureOf } from "./notify/failure.ts";
export type { Failure, News, Notifier, Outcome } from "./notify/notifier.ts";
export { openNotifiers } from "./notify/open.ts";
export type { NotifierConfig } from "./notify/open.ts";
export type { NotifyTools } from "./notify/persist.ts";
export { strikeOut } from "./notify/strike-out.ts";
export type {
  CheckResult,
  PlatformResult,
  RejectCheck,
  ServiceCheck,
  VerifyConfig,
} from "./verify/checks.ts";
export { DEPLOYMENT_TYPE, deploymentStatement, isDeployment } from "./deployments/deployment.ts";
export type { Deployment } from "./deployments/deployment.ts";
export { findDeployments } from "./deployments/find.ts";
export type { FindDeploymentsOptions } from "./deployments/find.ts";
