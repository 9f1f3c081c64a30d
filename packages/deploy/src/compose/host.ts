import type { Clock } from "@seaworthy/oci";
import { DeployError } from "../error.ts";
import type { Container } from "./containers.ts";
import { type Keeper, openKeeper } from "./keeper.ts";
import { projectName } from "./read-project.ts";
import type { ComposeSettings, ComposeTools } from "./settings.ts";
import { type Tool, openTool } from "./tool.ts";

/** A project on an engine, and what it takes to work on it. */
export interface Host {
  readonly settings: ComposeSettings;
  readonly project: string;
  readonly where: string;
  readonly tool: Tool;
  readonly keeper: Keeper;
  readonly scratch: string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
}

/** Names of containers and volumes are made of it. */
const NAME = /^[a-z\d][a-z\d_-]{0,99}$/;

export function openHost(settings: ComposeSettings, tools: ComposeTools): Host {
  const project = projectName(settings);
  if (!NAME.test(project)) {
    throw new DeployError(
      "refused",
      `compose project: expected lower case letters, digits, - and _, found ${JSON.stringify(project)}`,
      {
        hint: "set compose.project",
      },
    );
  }
  const tool = openTool(settings, tools);
  const { scratch, clock } = tools;
  const where = `${project} on ${settings.host ?? settings.context ?? tool.kind}`;
  return {
    settings,
    project,
    where,
    tool,
    keeper: openKeeper(tool, scratch),
    scratch,
    clock,
    fetch: tools.fetch,
  };
}

/** What the engine's machine can run: `linux/amd64`. */
export async function platformOf({ tool }: Host, signal: AbortSignal): Promise<string> {
  const format = tool.kind === "docker" ? "{{.OSType}}/{{.Architecture}}" : "{{.Host.OS}}/{{.Host.Arch}}";
  const [os = "", architecture = ""] = (await tool.ask(["info", "--format", format], signal))
    .trim()
    .split("/");
  if (os === "" || architecture === "")
    throw new DeployError("target", `${tool.kind} info: expected a platform, found none`);
  return `${os}/${ARCHITECTURES[architecture] ?? architecture}`;
}

/** Docker says them as the kernel does. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
  armv7l: "arm/v7",
  armv6l: "arm/v6",
  i686: "386",
};

/** Where people reach what a container has published. */
export function addressOf({ settings }: Host): (container: Container) => string | undefined {
  const remote = settings.host === undefined ? undefined : hostIn(settings.host);
  return ({ ports }) => {
    const [first] = ports;
    if (first === undefined) return undefined;
    const everywhere = first.host === "" || first.host === "0.0.0.0" || first.host === "::";
    const host = everywhere ? (remote ?? "127.0.0.1") : first.host;
    return `http://${host.includes(":") ? `[${host}]` : host}:${first.port}`;
  };
}

function hostIn(address: string): string | undefined {
  const host = URL.canParse(address) ? new URL(address).hostname : "";
  return host === "" ? undefined : host;
}
