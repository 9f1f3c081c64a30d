import { resolve } from "node:path";
import { type MetadataRequest, type Source, type TagPolicy, metadataOf } from "@seaworthy/release";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { openProject } from "./context.ts";
import { sourceAt } from "./source-at.ts";
import { type EventOptions, type RunEvent, eventOf, readText } from "./event.ts";
import { policyOf } from "./tag-policy.ts";

export interface TagsFlags extends EventOptions {
  /** File of metadata-action's `tags`; `-` is stdin. */
  readonly rules?: string;
  /** These five may be said several times and hold several lines each. */
  readonly images?: readonly string[];
  readonly flavor?: readonly string[];
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
  /** RFC 3339. */
  readonly now?: string;
  readonly latest?: "default-branch" | "stable" | "none";
  /** Where `tags` of a config is taken from where no flag says how tags come about. */
  readonly config?: string;
  readonly format?: TagsFormat;
  readonly bakeTarget?: string;
}

type TagsFormat = "json" | "bake" | "bake-tags" | "bake-labels" | "bake-annotations";

const MAX_RULES = 1 << 20;

/**
 * Version, tags, labels and annotations of this run's event, as JSON or as a bake definition; warnings go to stderr.
 * @throws ReleaseError `event`, `rules`; CliError `usage`, `config`
 */
export async function runTags(machine: Machine, flags: TagsFlags): Promise<object> {
  const source = await sourceAt(machine.cwd, machine.env);
  const event = await readRunEvent(machine, flags, source);
  const request = await requestOf(machine, flags, source);
  const { metadata, bake, warnings } = metadataOf(event, request);
  for (const warning of warnings) machine.stderr.write(`warning: ${warning}\n`);
  const { format = "json", bakeTarget } = flags;
  return format === "json" ? metadata : bake(format, bakeTarget);
}

async function readRunEvent(machine: Machine, flags: TagsFlags, source: Source): Promise<RunEvent> {
  const event = await eventOf(machine, flags, source);
  return asAsked(event, machine.env["DOCKER_METADATA_PR_HEAD_SHA"]);
}

/**
 * What a CI or a flag says is what is asked about; whether files here differ from it matters to a release, not to its
 * names. metadata-action's switch for pull requests is heard.
 */
function asAsked(event: RunEvent, prHead: string | undefined): RunEvent {
  const asked = event.name === "git" ? event : { ...event, dirty: false };
  if (asked.kind !== "pull-request" || prHead?.toLowerCase() !== "true") return asked;
  return asked.headRevision === undefined ? asked : { ...asked, revision: asked.headRevision };
}

async function requestOf(machine: Machine, flags: TagsFlags, source: Source): Promise<MetadataRequest> {
  const { env } = machine;
  const shortLength = env["DOCKER_METADATA_SHORT_SHA_LENGTH"];
  const annotationLevels = env["DOCKER_METADATA_ANNOTATIONS_LEVELS"];
  const policy = await policyFor(machine, flags, source);
  return {
    policy: { ...policy, ...(shortLength === undefined ? {} : { shortLength }) },
    images: lines(flags.images),
    labels: lines(flags.labels),
    annotations: lines(flags.annotations),
    ...(annotationLevels === undefined ? {} : { annotationLevels }),
  };
}

/** What the flags say; where they say nothing, the config, so that this shows the tags of a release. */
async function policyFor(machine: Machine, flags: TagsFlags, source: Source): Promise<TagPolicy> {
  const { rules, latest, config } = flags;
  const now = timeOf(flags.now);
  const flavor = lines(flags.flavor);
  if (rules === undefined && latest === undefined && flavor === "") {
    return policyOf((await openProject(machine, config, undefined, source)).config.tags, now);
  }
  const text = rules === undefined ? undefined : await readRules(machine, rules);
  // A flavor is one of rules: alone it is of those that hold where there are none.
  const all = text ?? (flavor === "" ? undefined : "");
  return {
    now,
    flavor,
    ...(all === undefined ? {} : { rules: all }),
    ...(rules === undefined || rules === "-" ? {} : { rulesName: rules }),
    ...(latest === undefined ? {} : { latest: latest === "none" ? false : latest }),
  };
}

function readRules({ cwd }: Machine, file: string): Promise<string> {
  const path = file === "-" ? undefined : resolve(cwd, file);
  return readText(path, MAX_RULES, file === "-" ? "stdin" : file);
}

const lines = (texts: readonly string[] = []): string => texts.join("\n");

function timeOf(now: string | undefined): number {
  const time = now === undefined ? Date.now() : Date.parse(now);
  if (!Number.isNaN(time)) return time;
  throw new CliError("usage", `--now: expected a time, found ${JSON.stringify(now)}`, {
    hint: "write it as 2026-01-31T12:00:00Z",
  });
}
