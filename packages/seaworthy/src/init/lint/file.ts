import { LineCounter, isNode, parseDocument } from "yaml";

type Path = readonly (string | number)[];

/** A part of a workflow, and where it stands. */
export interface Part {
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A workflow, or an action made of steps, as rules look at it. */
export interface WorkflowFile {
  readonly kind: "workflow" | "action";
  readonly root: Readonly<Record<string, unknown>>;
  /** Names of the events that start it. */
  readonly events: readonly string[];
  readonly jobs: readonly Part[];
  /** Of all jobs, or of the action. */
  readonly steps: readonly Part[];
  /** The line of a part, from 1; of what it stands in, where it is not there itself. */
  lineOf(path: Path): number;
  /** Those of one job. */
  stepsOf(job: Part): readonly Part[];
}

const MAX_TEXT = 1 << 20;
/** Workflows may use anchors; what grows out of them without end is no workflow. */
const MAX_ALIASES = 100;

/** @throws Error for what is no YAML */
export function readWorkflow(text: string): WorkflowFile {
  if (text.length > MAX_TEXT)
    throw new Error(`expected at most ${MAX_TEXT} characters, found ${text.length}`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault !== undefined) throw fault;
  const root = mapping(document.toJS({ maxAliasCount: MAX_ALIASES }));
  const jobs = partsOf(["jobs"], mapping(root["jobs"]));
  const stepsOf = (part: Part): readonly Part[] => partsOf([...part.path, "steps"], part.value["steps"]);
  const runs: Part = { path: ["runs"], value: mapping(root["runs"]) };
  return {
    kind: "runs" in root ? "action" : "workflow",
    root,
    events: eventsOf(root["on"]),
    jobs,
    steps: [...jobs, runs].flatMap(stepsOf),
    stepsOf,
    lineOf: (path) => {
      for (let at = path; at.length > 0; at = at.slice(0, -1)) {
        const node = document.getIn(at, true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return 1;
    },
  };
}

/** What YAML took for a number or a switch is a text all the same; what is no single value is none. */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
      return String(value);
    default:
      return "";
  }
}

/** What is no mapping has nothing in it. */
export function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function partsOf(path: Path, value: unknown): readonly Part[] {
  if (Array.isArray(value)) return value.map((item, at) => ({ path: [...path, at], value: mapping(item) }));
  return Object.entries(mapping(value)).map(([key, item]) => ({
    path: [...path, key],
    value: mapping(item),
  }));
}

/** A name, a list of names, or names with filters. */
function eventsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.map(String) : Object.keys(mapping(value));
}

/** Every string in a value, with where it stands below `path`. */
export function stringsIn(
  path: Path,
  value: unknown,
): readonly { readonly path: Path; readonly text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, at) => stringsIn([...path, at], item));
  return Object.entries(mapping(value)).flatMap(([key, item]) => stringsIn([...path, key], item));
}
