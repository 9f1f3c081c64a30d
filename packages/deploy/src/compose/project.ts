import { createHash } from "node:crypto";
import { isDigest, parseReference } from "@seaworthy/oci";
import type { Digest } from "@seaworthy/oci";
import { DeployError } from "../error.ts";
import type { DeployedImage } from "../target.ts";
import { countOf, fieldsOf, listOf, textOf, textsOf, type Fields } from "./json.ts";
import { type HttpCheck, parseCheck } from "../http-check.ts";
import type { ComposeSettings } from "./settings.ts";

/** A Compose project as the compose command understands its files: one document, without variables and anchors. */
export interface Project extends Fields {
  readonly services: Readonly<Record<string, Fields>>;
}

/** Labels of each container that we start. */
export const LABEL = {
  environment: "dev.seaworthy.environment",
  digest: "dev.seaworthy.digest",
  /** Of what its service says, to see that it says something else by now. */
  config: "dev.seaworthy.config",
} as const;

/** Compose lets fields with such a name be. */
const OWN = "x-seaworthy";

/**
 * The project with its image by digest, labelled. Nothing is built, and nothing that is there is asked of a registry.
 * @throws DeployError `refused` where no service has the image
 */
export function pin(project: Project, image: DeployedImage, settings: ComposeSettings): Project {
  const pinned = new Set(pinnedServices(project, image.name, settings));
  const services = Object.entries(project.services).map(([name, service]) => {
    const own = settled(service, pinned.has(name) ? image : undefined);
    const labels = {
      ...textsOf(service["labels"]),
      [LABEL.environment]: settings.environment,
      ...(pinned.has(name) ? { [LABEL.digest]: image.digest } : {}),
      [LABEL.config]: createHash("sha256").update(JSON.stringify(own)).digest("hex").slice(0, 16),
    };
    return [name, { ...own, labels, pull_policy: "missing" }];
  });
  return {
    ...project,
    // With it, as going back is not to be held against what is asked of later versions.
    [OWN]: { checks: settings.checks ?? [] },
    services: Object.fromEntries(services) as Project["services"],
  };
}

/**
 * What a service says by itself: with the image, where it runs that. When to pull and which profiles it is of was settled
 * when the files were read.
 */
function settled(service: Fields, image: DeployedImage | undefined): Fields {
  const own: Record<string, unknown> = { ...service, ...environmentOf(service) };
  delete own["pull_policy"];
  delete own["profiles"];
  if (image === undefined) return own;
  delete own["build"];
  return { ...own, image: `${image.name}@${image.digest}` };
}

/** A variable without a value is one that nobody has set; left in, it would be looked for again at a rollback. */
function environmentOf({ environment }: Fields): Fields {
  if (environment === undefined || Array.isArray(environment)) return {};
  const set = Object.entries(fieldsOf(environment)).filter(([, value]) => value !== null);
  return { environment: Object.fromEntries(set) };
}

function pinnedServices(project: Project, name: string, settings: ComposeSettings): readonly string[] {
  const known = Object.keys(project.services);
  const where = settings.files.join(", ");
  const unknown = settings.services?.find((service) => !known.includes(service));
  if (unknown !== undefined) {
    throw new DeployError(
      "refused",
      `${where}: expected a service ${unknown}, found ${known.join(", ") || "none"}`,
      {
        hint: "correct compose.services",
      },
    );
  }
  if (settings.services !== undefined) return settings.services;
  const wanted = imageName(settings.image ?? name);
  const found = known.filter((service) => imageName(textOf(project.services[service]?.["image"])) === wanted);
  if (found.length > 0) return found;
  const images = new Set(known.map((service) => textOf(project.services[service]?.["image"]) ?? "none"));
  throw new DeployError(
    "refused",
    `${where}: expected a service with the image ${settings.image ?? name}, found ${[...images].join(", ") || "no service"}`,
    { hint: "name the image as the files do, or the services that run it: compose.image, compose.services" },
  );
}

/** Without tag and digest, in full; undefined where it is no reference. */
function imageName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const { registry, repository } = parseReference(text);
    return `${registry}/${repository}`;
  } catch {
    return undefined;
  }
}

/** What must be answered over HTTP where this project runs. */
export function checksOf(project: Project): readonly HttpCheck[] {
  return listOf(fieldsOf(project[OWN])["checks"]).flatMap(parseCheck);
}

export function withoutChecks(project: Project): Project {
  return { ...project, [OWN]: {} };
}

/** What a container of the service is made from. */
export function imageOf(service: Fields): string {
  return textOf(service["image"]) ?? "";
}

export function digestIn(image: string): Digest | undefined {
  const digest = image.slice(image.lastIndexOf("@") + 1);
  return isDigest(digest) ? digest : undefined;
}

export function replicasOf(service: Fields): number {
  const deploy = fieldsOf(service["deploy"]);
  if (service["scale"] !== undefined) return countOf(service["scale"]);
  return deploy["replicas"] === undefined ? 1 : countOf(deploy["replicas"]);
}

/** Services that others wait for to end well: they are meant to end. */
export function jobsOf({ services }: Project): ReadonlySet<string> {
  const waits = Object.values(services).flatMap((service) => Object.entries(fieldsOf(service["depends_on"])));
  const ends = waits.filter(([, how]) => fieldsOf(how)["condition"] === "service_completed_successfully");
  return new Set(ends.map(([name]) => name));
}
