import { step } from "@seaworthy/builder";
import type { ApplyOptions, DeployedImage } from "../target.ts";
import type { Host } from "./host.ts";
import { textOf } from "./json.ts";
import { type Project, imageOf } from "./project.ts";
import { refusal } from "./tool.ts";

/** Whether the engine has the image by this digest. */
export async function holdsImage(
  { tool }: Host,
  { name, digest }: DeployedImage,
  signal: AbortSignal,
): Promise<boolean> {
  const args = ["image", "inspect", "--format", "{{.Id}}", `${name}@${digest}`];
  const answer = await tool.try(args, signal);
  if (answer.code === 0) return true;
  if (/no such image|image not known|failed to find image|no such object/i.test(answer.stderr)) return false;
  throw refusal(tool.kind, args, answer);
}

/**
 * Before anything changes: an image that is not to be had leaves everything as it is. No registry is asked for what the
 * engine has.
 */
export async function pullImage(
  host: Host,
  project: Project,
  image: DeployedImage,
  { progress, signal, as }: Pick<ApplyOptions, "progress" | "signal" | "as">,
): Promise<void> {
  const { tool } = host;
  const reference = `${image.name}@${image.digest}`;
  await step(
    progress,
    { id: "deploy:pull", name: "pull" },
    async () => {
      const platforms = platformsOf(project, reference);
      // Of an index it may have another platform than a service asks for; not where it ran before.
      const asked = platforms.length > 0 && as === "deploy";
      if (!asked && (await holdsImage(host, image, signal)))
        return { value: undefined, status: "cached" as const };
      for (const platform of platforms.length === 0 ? [undefined] : platforms) {
        const flags = platform === undefined ? [] : ["--platform", platform];
        await tool.ask(["pull", "--quiet", ...flags, reference], signal);
      }
      return { value: undefined };
    },
    signal,
  );
}

function platformsOf({ services }: Project, reference: string): readonly string[] {
  const own = Object.values(services).filter((service) => imageOf(service) === reference);
  return [
    ...new Set(
      own.map((service) => textOf(service["platform"])).filter((platform) => platform !== undefined),
    ),
  ];
}
