import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parse } from "yaml";
import { DeployError } from "../error.ts";
import { clean } from "../clean.ts";
import type { Host } from "./host.ts";
import { fieldsOf, textOf } from "./json.ts";
import type { Project } from "./project.ts";
import type { ComposeSettings } from "./settings.ts";
import { refusal } from "./tool.ts";

const MAX_FILE = 4 * 1024 * 1024;

/**
 * As Compose finds it: `name` in the last file that has one, else the folder of the first. Variables of the environment
 * have no say, so that it is the same project from wherever it is asked.
 */
export function projectName({ root, files, project }: ComposeSettings): string {
  if (project !== undefined) return project;
  const named = files
    .map((file) => textOf(fieldsOf(readYaml(resolve(root, file), file))["name"]))
    .filter((name) => name !== undefined)
    .at(-1);
  if (named?.includes("$") === true) {
    throw new DeployError(
      "refused",
      `${files[0]}: expected a name without variables, found ${JSON.stringify(named)}`,
      {
        hint: "set compose.project",
      },
    );
  }
  const folder = basename(dirname(resolve(root, files[0] ?? "compose.yaml")));
  return (
    named ??
    folder
      .toLowerCase()
      .replace(/[^a-z\d_-]/g, "")
      .replace(/^[_-]+/, "")
  );
}

function readYaml(path: string, shown: string): unknown {
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > MAX_FILE) throw new Error(`longer than ${MAX_FILE} bytes`);
    return parse(text, { merge: true });
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "not there" : (cause as Error).message;
    throw new DeployError("refused", `${shown}: ${why}`, {
      cause,
      hint: "name the project's files: compose.files",
    });
  }
}

/** What `compose -p name` and the flags after it are. */
export function composeArgs(
  settings: ComposeSettings,
  project: string,
  files: readonly string[],
): readonly string[] {
  const folder = dirname(resolve(settings.root, settings.files[0] ?? ""));
  return ["compose", "-p", project, "--project-directory", folder, ...files.flatMap((file) => ["-f", file])];
}

/**
 * The files of today, read by the compose command itself. Touches nothing.
 * @param warn told of variables that are not set, and of what else the command has against the files
 */
export async function render(
  { tool, settings, project }: Pick<Host, "tool" | "settings" | "project">,
  signal: AbortSignal,
  warn: (message: string) => void = () => {},
): Promise<Project> {
  const files = settings.files.map((file) => resolve(settings.root, file));
  const env = (settings.envFiles ?? []).flatMap((file) => ["--env-file", resolve(settings.root, file)]);
  // Not every compose that Podman starts knows a format.
  const format = tool.kind === "docker" ? ["--format", "json"] : [];
  const args = [...composeArgs(settings, project, files), ...env, "config", ...format];
  const answer = await tool.try(args, signal);
  if (answer.code !== 0) throw refusal(tool.kind, args, answer);
  for (const [, message = ""] of answer.stderr.matchAll(/level=warning msg="((?:[^"\\]|\\.)*)"/g))
    warn(clean(message.replace(/\\(.)/g, "$1")));
  const text = answer.stdout.toString("utf8");
  const document = fieldsOf(tool.kind === "docker" ? JSON.parse(text) : parse(text, { merge: true }));
  const own = Object.entries(document).filter(([name]) => !name.startsWith("x-"));
  const services = Object.entries(fieldsOf(document["services"])).map(([name, service]) => [
    name,
    fieldsOf(service),
  ]);
  return { ...Object.fromEntries(own), services: Object.fromEntries(services) as Project["services"] };
}
