import type { RunReport } from "./report.ts";

export type Outputs = Readonly<Record<string, string>>;

/**
 * What later steps of the job may use. Nothing for a run that failed. `tags` has a line for each name that now stands
 * for this digest; where nothing was pushed, there is nothing to refer to.
 */
export function outputsOf({ outcome }: RunReport): Outputs {
  if (outcome.is === "failed") return {};
  const { reference, version, tags, notPushed } = outcome.release;
  const [name = "", digest = ""] = reference.split("@");
  const ours = notPushed === undefined ? tags.filter(({ to }) => to === digest) : [];
  return {
    digest,
    version,
    reference: notPushed === undefined ? reference : "",
    tags: ours.map(({ tag }) => `${name}:${tag}`).join("\n"),
  };
}
