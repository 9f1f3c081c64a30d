import type { Event } from "./event.ts";
import { type TagPolicy, planTags } from "./policy.ts";
import { type BakeKind, bakeFile } from "./rules/bake.ts";
import { type RuleContext, shortLengthOf } from "./rules/expressions.ts";
import { parseImages } from "./rules/images.ts";
import { annotationLines, fullTags, labelsOf, levelsOf } from "./rules/metadata.ts";

/** What is to be said of an image, each list as docker/metadata-action takes it: one entry a line. */
export interface MetadataRequest {
  readonly policy: TagPolicy;
  readonly images?: string;
  readonly labels?: string;
  readonly annotations?: string;
  /** Comma separated; default `index,manifest`, with rules `manifest` as theirs. */
  readonly annotationLevels?: string;
}

export interface Metadata {
  /** Empty where no rule gave a tag. */
  readonly version: string;
  /** With the images' names; without where there is none. */
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** `level:key=value` */
  readonly annotations: readonly string[];
}

export interface MetadataResult {
  readonly metadata: Metadata;
  readonly bake: (kind: BakeKind, target?: string) => object;
  readonly warnings: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

/**
 * Version, tags, labels and annotations for an event.
 * @throws ReleaseError `rules`, `event`, `source`
 */
export function metadataOf(event: Event, request: MetadataRequest): MetadataResult {
  const { policy } = request;
  const plan = planTags(event, policy);
  const warnings = [...plan.warnings];
  const context: RuleContext = {
    event,
    now: policy.now,
    shortLength: shortLengthOf(policy.shortLength),
    warn: (warning) => void warnings.push(warning),
  };
  const version = plan.tags.length === 0 ? "" : plan.version;
  const images = parseImages(request.images ?? "");
  const labels = labelsOf(version, request.labels ?? "", context);
  const annotations = labelsOf(version, request.annotations ?? "", context, "annotations");
  const levels = levelsOf(
    request.annotationLevels,
    policy.rules === undefined ? "index,manifest" : "manifest",
  );
  // metadata-action's rules give what is not known as well, empty; without them nobody needs that.
  const said = (all: Labels): Labels =>
    policy.rules === undefined
      ? Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""))
      : all;
  const metadata: Metadata = {
    version,
    tags: fullTags(plan, images),
    labels: said(labels),
    annotations: annotationLines(said(annotations), levels),
  };
  return {
    metadata,
    bake: (kind, target) => bakeFile(kind, { ...metadata, images }, target),
    warnings: [...new Set(warnings)],
  };
}
