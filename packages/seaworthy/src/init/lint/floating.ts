import { type Part, type WorkflowFile, mapping, stringsIn, textOf } from "./file.ts";
import type { Place } from "./rule.ts";

const EXACT = String.raw`\d+\.\d+\.\d+(?:[-+][\w.+-]+)?`;
/** `npx seaworthy`, `npx --yes seaworthy@latest`: a package without an exact version. */
const NPX =
  /\b(?:npx|bunx|pnpm dlx|yarn dlx|npm exec)((?:\s+-[\w-]+)*)\s+(?:--\s+)?(["']?)((?:@[\w.-]+\/)?[\w.-]+)(@[^\s"']+)?/g;
const PINNED_NPX = new RegExp(`^@(?:${EXACT}|\\$\\w+|\\$\\{\\w+\\})$`);
const LOCKED = /--no(?:-install)?\b/;
const GLOBAL = /\bnpm (?:install|i)\b(?=.{0,999}(?:\s-g|\s--global)\b)[^\n&|;]{0,999}/g;
const PIPX = /\bpipx (?:install|run)\s+([^\s-][^\s]*)/g;
const PIPED = /\b(?:curl|wget)\b[^\n|]{0,999}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b/g;
const LATEST_LABEL = /-latest$/;
const LOOSE_NODE = /^(?:latest|current|node|lts\/.*|\*)$/;

/** What is another thing tomorrow: packages, scripts, runners, and images without a version. */
export function floating({ jobs, steps }: WorkflowFile): readonly Place[] {
  return [...steps.flatMap(inStep), ...jobs.flatMap(inJob)];
}

function inStep({ path, value }: Part): readonly Place[] {
  const run = typeof value["run"] === "string" ? value["run"] : "";
  const node = textOf(mapping(value["with"])["node-version"]);
  return [
    ...fetched(run).map((found) => ({ path: [...path, "run"], found })),
    ...(LOOSE_NODE.test(node)
      ? [{ path: [...path, "with", "node-version"], found: `node-version: ${node}` }]
      : []),
  ];
}

/** Commands of a script that fetch whatever is newest. */
export function fetched(script: string): readonly string[] {
  const npx = [...script.matchAll(NPX)].filter(
    ([, flags = "", , , version = ""]) => !LOCKED.test(flags) && !PINNED_NPX.test(version),
  );
  const global = [...script.matchAll(GLOBAL)].filter(([text]) => !new RegExp(`@${EXACT}`).test(text));
  const pipx = [...script.matchAll(PIPX)].filter(([, name = ""]) => !/==\d/.test(name));
  return [...npx, ...global, ...pipx, ...script.matchAll(PIPED)].map(([text]) => text.trim());
}

function inJob({ path, value }: Part): readonly Place[] {
  const labels = stringsIn([...path, "runs-on"], value["runs-on"]);
  const matrix = stringsIn([...path, "strategy", "matrix"], mapping(value["strategy"])["matrix"]);
  const container = mapping(value["container"])["image"] ?? value["container"];
  const services = Object.entries(mapping(value["services"])).map(([name, service]) => ({
    path: [...path, "services", name, "image"],
    text: textOf(mapping(service)["image"]),
  }));
  const images = [...stringsIn([...path, "container"], container), ...services];
  return [
    ...[...labels, ...matrix].filter(({ text }) => LATEST_LABEL.test(text)),
    ...images.filter(({ text }) => !/@sha256:[0-9a-f]{64}$/.test(text)),
  ].map(({ path: at, text }) => ({ path: at, found: text }));
}
