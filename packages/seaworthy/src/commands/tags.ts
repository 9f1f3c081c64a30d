import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { collect } from "@seaworthy/oci";
import { type EventFlags, type MetadataRequest, metadataOf, readEvent } from "@seaworthy/release";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { sourceAt } from "./context.ts";

export interface TagsFlags {
  /** As GitHub names it. */
  readonly eventName?: string;
  /** The event's payload. */
  readonly eventFile?: string;
  readonly ref?: string;
  readonly sha?: string;
  readonly repository?: string;
  readonly defaultBranch?: string;
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
  readonly format?: TagsFormat;
  readonly bakeTarget?: string;
}

export const TAGS_FORMATS = ["json", "bake", "bake-tags", "bake-labels", "bake-annotations"] as const;
export type TagsFormat = (typeof TAGS_FORMATS)[number];

/** GitHub's own limit is 25 MB. */
const MAX_PAYLOAD = 32 << 20;
const MAX_RULES = 1 << 20;

/**
 * Version, tags, labels and annotations of this run's event, as JSON or as a bake definition; warnings go to stderr.
 * @throws ReleaseError `event`, `rules`; CliError `usage`, `config`
 */
export async function runTags(machine: Machine, flags: TagsFlags): Promise<object> {
  const [event, request] = await Promise.all([readRunEvent(machine, flags), requestOf(machine, flags)]);
  const { metadata, bake, warnings } = metadataOf(event, request);
  for (const warning of warnings) machine.stderr.write(`warning: ${warning}\n`);
  const { format = "json", bakeTarget } = flags;
  return format === "json" ? metadata : bake(format, bakeTarget);
}

type RunEvent = ReturnType<typeof readEvent>;

async function readRunEvent(machine: Machine, flags: TagsFlags): Promise<RunEvent> {
  const { cwd, env } = machine;
  const { eventName, ref, sha, repository, defaultBranch } = flags;
  const given: EventFlags = {
    ...(eventName === undefined ? {} : { eventName }),
    ...(ref === undefined ? {} : { ref }),
    ...(sha === undefined ? {} : { sha }),
    ...(repository === undefined ? {} : { repository }),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    ...(await payloadOf(machine, flags)),
  };
  const event = readEvent(given, env, await sourceAt(cwd, env));
  return asAsked(event, env["DOCKER_METADATA_PR_HEAD_SHA"]);
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

/** The CI's payload is about the CI's event: where flags name another one, it is left alone. */
async function payloadOf(
  { cwd, env }: Machine,
  { eventFile, eventName, ref }: TagsFlags,
): Promise<Pick<EventFlags, "payload" | "payloadName">> {
  const own = eventName === undefined && ref === undefined && env["GITHUB_ACTIONS"] === "true";
  const file = eventFile ?? (own ? env["GITHUB_EVENT_PATH"] : undefined);
  if (file === undefined || file === "") return {};
  return { payload: await readText(resolve(cwd, file), MAX_PAYLOAD, file), payloadName: file };
}

async function requestOf(machine: Machine, flags: TagsFlags): Promise<MetadataRequest> {
  const { cwd, env } = machine;
  const { rules, latest, now } = flags;
  const flavor = lines(flags.flavor);
  const text =
    rules === undefined
      ? undefined
      : await readText(
          rules === "-" ? undefined : resolve(cwd, rules),
          MAX_RULES,
          rules === "-" ? "stdin" : rules,
        );
  // A flavor is one of rules: alone it is of those that hold where there are none.
  const all = text ?? (flavor === "" ? undefined : "");
  const shortLength = env["DOCKER_METADATA_SHORT_SHA_LENGTH"];
  const annotationLevels = env["DOCKER_METADATA_ANNOTATIONS_LEVELS"];
  return {
    policy: {
      now: timeOf(now),
      flavor,
      ...(all === undefined ? {} : { rules: all }),
      ...(rules === undefined || rules === "-" ? {} : { rulesName: rules }),
      ...(latest === undefined ? {} : { latest: latest === "none" ? false : latest }),
      ...(shortLength === undefined ? {} : { shortLength }),
    },
    images: lines(flags.images),
    labels: lines(flags.labels),
    annotations: lines(flags.annotations),
    ...(annotationLevels === undefined ? {} : { annotationLevels }),
  };
}

const lines = (texts: readonly string[] = []): string => texts.join("\n");

function timeOf(now: string | undefined): number {
  const time = now === undefined ? Date.now() : Date.parse(now);
  if (!Number.isNaN(time)) return time;
  throw new CliError("usage", `--now: expected a time, found ${JSON.stringify(now)}`, {
    hint: "write it as 2026-01-31T12:00:00Z",
  });
}

/** @param path undefined for stdin */
async function readText(path: string | undefined, limit: number, name: string): Promise<string> {
  const stream =
    path === undefined ? createReadStream("", { fd: 0, autoClose: false }) : createReadStream(path);
  try {
    return (await collect(stream, limit, name)).toString("utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new CliError("config", `${name}: ${code === "ENOENT" ? "not there" : message}`, { cause });
  }
}
