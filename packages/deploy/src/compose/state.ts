import { createHash } from "node:crypto";
import { isDigest } from "@seaworthy/oci";
import type { Deployed, DeployedImage } from "../target.ts";
import { type Fields, countOf, fieldsOf, listOf, textOf } from "./json.ts";
import type { Project } from "./project.ts";

/** A version that ran well, with the project as it was. */
export interface Kept {
  readonly deployed: Deployed;
  readonly project: Project;
}

export interface Pending {
  readonly image: DeployedImage;
  readonly project: Project;
  /** What ran before the first of ours: somebody else's, to be put back where ours fails. */
  readonly before?: Project;
}

/** What a target knows of itself. */
export interface State {
  /** Grows with every write: of two copies the later one counts. */
  readonly count: number;
  readonly environment: string;
  /** The current one first. */
  readonly good: readonly Kept[];
  readonly pending?: Pending;
  /** Ended on request: that nothing runs is as it should be. */
  readonly stopped: boolean;
}

/** With a checksum before it: a write that was cut off must not be read. */
export function formatState(state: State): string {
  const text = JSON.stringify(state);
  return `${checksum(text)}\n${text}`;
}

/** Undefined where it is not whole. */
export function parseState(content: string): State | undefined {
  const [sum, text = ""] = content.split("\n", 2);
  if (sum !== checksum(text)) return undefined;
  const fields = fieldsOf(JSON.parse(text));
  const pending = toPending(fieldsOf(fields["pending"]));
  return {
    count: countOf(fields["count"]),
    environment: textOf(fields["environment"]) ?? "",
    good: listOf(fields["good"]).flatMap((value) => toKept(fieldsOf(value))),
    ...(pending === undefined ? {} : { pending }),
    stopped: fields["stopped"] === true,
  };
}

function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function toKept(fields: Fields): readonly Kept[] {
  const { image, at, who } = fieldsOf(fields["deployed"]);
  const deployed = toImage(fieldsOf(image));
  const project = toProject(fields["project"]);
  if (deployed === undefined || project === undefined) return [];
  return [{ deployed: { image: deployed, at: textOf(at) ?? "", who: textOf(who) ?? "" }, project }];
}

function toPending(fields: Fields): Pending | undefined {
  const image = toImage(fieldsOf(fields["image"]));
  const project = toProject(fields["project"]);
  const before = toProject(fields["before"]);
  if (image === undefined || project === undefined) return undefined;
  return { image, project, ...(before === undefined ? {} : { before }) };
}

function toImage(fields: Fields): DeployedImage | undefined {
  const { name, digest, version, revision } = fields;
  if (typeof name !== "string" || typeof digest !== "string" || !isDigest(digest)) return undefined;
  const known = { name, digest, version: textOf(version) ?? "" };
  return typeof revision === "string" ? { ...known, revision } : known;
}

function toProject(value: unknown): Project | undefined {
  const project = fieldsOf(value);
  return Object.keys(fieldsOf(project["services"])).length === 0 ? undefined : (project as Project);
}
