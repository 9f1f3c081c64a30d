export { ReleaseError } from "./error.ts";
export type { ReleaseErrorCode } from "./error.ts";
export { readSource } from "./source.ts";
export type { Git, GitAnswer, Source } from "./source.ts";
export { tagsFor } from "./tags.ts";
export { legalName } from "./tags/normalise.ts";
export { planTags } from "./tags/policy.ts";
export type { TagPlan } from "./tags/plan.ts";
export { checkSource, readEvent } from "./tags/events/read.ts";
export type { EventFlags } from "./tags/events/read.ts";
export { metadataOf } from "./tags/metadata.ts";
export type { MetadataRequest } from "./tags/metadata.ts";
export { makePlan } from "./plan.ts";
export type { ReleasePlan } from "./plan.ts";
export { release, repositoryOf } from "./release.ts";
export type { ReleaseRequest, ReleaseResult, ReleaseTools } from "./request.ts";
export { readImage, unpackImage } from "./verify/rootfs.ts";
export type { StoredImage } from "./verify/rootfs.ts";
export { readHistory } from "./history.ts";
export type { HistoryOptions } from "./history.ts";
export type { ReleaseRecord } from "./record.ts";
export type { TagMove } from "./publish.ts";
export type {
  CheckResult,
  PlatformResult,
  RejectCheck,
  ServiceCheck,
  VerifyConfig,
} from "./verify/checks.ts";
