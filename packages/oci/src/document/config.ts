import type { HealthcheckConfig, History, ImageConfig, RunConfig } from "../manifest.ts";
import { listOf, optional, parseJson, present, recordOf, required } from "./json.ts";
import { toDigest, toFields, toFlag, toNonEmptyText, toNumber, toText, wrong } from "./json.ts";
import type { Place, Reader } from "./json.ts";

const toSet = recordOf<object>((value, place) => (value === null ? {} : toFields(value, place)));
const toTexts = listOf(toText);

/**
 * An image config, OCI or Docker. Fields we do not know are dropped.
 * @throws OciError `invalid-manifest`, naming `what` and the path of the fault
 */
export function parseImageConfig(bytes: Uint8Array, what = "image config"): ImageConfig {
  const place: Place = { code: "invalid-manifest", what, path: "" };
  const fields = parseJson(bytes, place);
  return {
    os: required(fields, "os", place, toNonEmptyText),
    architecture: required(fields, "architecture", place, toNonEmptyText),
    rootfs: required(fields, "rootfs", place, toRootfs),
    ...present({
      variant: optional(fields, "variant", place, toText),
      created: optional(fields, "created", place, toText),
      author: optional(fields, "author", place, toText),
      config: optional(fields, "config", place, toRunConfig),
      history: optional(fields, "history", place, listOf(toHistory)),
    }),
  };
}

const toRootfs: Reader<ImageConfig["rootfs"]> = (value, place) => {
  const fields = toFields(value, place);
  if (fields["type"] !== "layers")
    throw wrong({ ...place, path: `${place.path}.type` }, '"layers"', fields["type"]);
  return { type: "layers", diff_ids: optional(fields, "diff_ids", place, listOf(toDigest)) ?? [] };
};

const toHistory: Reader<History> = (value, place) => {
  const fields = toFields(value, place);
  return present({
    created: optional(fields, "created", place, toText),
    created_by: optional(fields, "created_by", place, toText),
    comment: optional(fields, "comment", place, toText),
    empty_layer: optional(fields, "empty_layer", place, toFlag),
  });
};

const toHealthcheck: Reader<HealthcheckConfig> = (value, place) => {
  const fields = toFields(value, place);
  return present({
    Test: optional(fields, "Test", place, toTexts),
    Interval: optional(fields, "Interval", place, toNumber),
    Timeout: optional(fields, "Timeout", place, toNumber),
    StartPeriod: optional(fields, "StartPeriod", place, toNumber),
    StartInterval: optional(fields, "StartInterval", place, toNumber),
    Retries: optional(fields, "Retries", place, toNumber),
  });
};

const toRunConfig: Reader<RunConfig> = (value, place) => {
  const fields = toFields(value, place);
  return present({
    User: optional(fields, "User", place, toText),
    ExposedPorts: optional(fields, "ExposedPorts", place, toSet),
    Env: optional(fields, "Env", place, toTexts),
    Entrypoint: optional(fields, "Entrypoint", place, toTexts),
    Cmd: optional(fields, "Cmd", place, toTexts),
    Volumes: optional(fields, "Volumes", place, toSet),
    WorkingDir: optional(fields, "WorkingDir", place, toText),
    Labels: optional(fields, "Labels", place, recordOf(toText)),
    StopSignal: optional(fields, "StopSignal", place, toText),
    Healthcheck: optional(fields, "Healthcheck", place, toHealthcheck),
    Shell: optional(fields, "Shell", place, toTexts),
    OnBuild: optional(fields, "OnBuild", place, toTexts),
    ArgsEscaped: optional(fields, "ArgsEscaped", place, toFlag),
  });
};
