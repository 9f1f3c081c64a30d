import { existsSync } from "node:fs";
import {
  OciError,
  type OciErrorCode,
  type Repository,
  formatReference,
  isDigest,
  openLayout,
  parseReference,
  withDefaultTag,
} from "@seaworthy/oci";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { openRemote } from "../machine/remote.ts";
import { type Project, openProject } from "./context.ts";
import { isEmbedded } from "./destination.ts";
import { imageName } from "./image-name.ts";
import type { FoundImage, OpenImageOptions } from "./open-image.ts";
import { nameInStore } from "./output.ts";

/** One place to look, and how a message calls it. */
interface Attempt {
  readonly label: string;
  readonly name: string;
  /** Registry and repository. */
  readonly published: string;
  readonly reference: string;
  readonly open: () => Promise<Repository | undefined>;
}

/**
 * A name goes to the registry it names. Without one it is looked for in this repository's store, as tag or digest of its
 * image and as repository with tag, then where docker looks.
 * @throws CliError `usage` where it is nowhere, saying where it was looked for
 */
export async function openNamed(
  machine: Machine,
  text: string,
  { config, signal }: OpenImageOptions,
): Promise<FoundImage> {
  const project = await openProject(machine, config);
  const tried: string[] = [];
  for (const attempt of attemptsFor(machine, project, text, signal)) {
    const answer = await ask(attempt, tried.length === 0, signal);
    if (typeof answer !== "string") return answer;
    tried.push(answer);
  }
  throw new CliError("usage", `image ${JSON.stringify(text)}: not found; looked for ${tried.join("; ")}`, {
    hint: "name a registry's image, a tag of this repository's store, a folder with an OCI layout, or an archive",
  });
}

const ANSWERS: ReadonlySet<string> = new Set<OciErrorCode>(["unauthorized", "not-found", "network"]);

/** The image, or where it is not. What a registry says is an answer where it was not the only place that was meant. */
async function ask(
  { label, name, published, reference, open }: Attempt,
  isFirst: boolean,
  signal: AbortSignal,
): Promise<FoundImage | string> {
  try {
    const repository = await open();
    const root = await repository?.resolve(reference, signal);
    if (repository === undefined || root === undefined) return label;
    return { name, published, repository, root, absent: [], notes: [], close: () => Promise.resolve() };
  } catch (error) {
    const isAnswer = error instanceof OciError && ANSWERS.has(error.code);
    if (isFirst || !isAnswer) throw error;
    return `${label} (${error.message})`;
  }
}

function attemptsFor(
  machine: Machine,
  project: Project,
  text: string,
  signal: AbortSignal,
): readonly Attempt[] {
  const inStore = (name: string, repository: string, reference: string): Attempt => ({
    label: `${withReference(repository, reference)} in ${storeName(machine, project)}`,
    name: withReference(name, reference),
    published: imageName(project, name),
    reference,
    // A store that is not there yet is an empty one, and is not made.
    open: async () =>
      existsSync(project.storeDir) ? (await openLayout(project.storeDir)).repository(repository) : undefined,
  });
  const own = imageName(project);
  const ownAs = (reference: string): Attempt => inStore(own, parseReference(own).repository, reference);
  if (isDigest(text) || isTagOnly(text)) return [ownAs(text)];
  const wanted = withDefaultTag(parseReference(text));
  const reference = wanted.digest ?? wanted.tag!;
  if (isEmbedded(text, project)) return [inStore(text.replace(SUFFIX, ""), wanted.repository, reference)];
  const remote: Attempt = {
    label: formatReference(wanted),
    name: formatReference(wanted),
    published: `${wanted.registry}/${wanted.repository}`,
    reference,
    open: () => Promise.resolve(openRemote(machine, signal)(wanted)),
  };
  if (hasRegistry(text)) return [remote];
  const isWord = !/[/:@]/.test(text);
  const stored = nameInStore(wanted);
  return [...(isWord ? [ownAs(text)] : []), inStore(stored, stored, reference), remote];
}

/** Tags may have upper case, names may not. */
const isTagOnly = (text: string): boolean => /^\w[\w.-]*$/.test(text) && text !== text.toLowerCase();

const SUFFIX = /(?::[^/:@]*)?(?:@.*)?$/;

const withReference = (name: string, reference: string): string =>
  `${name}${isDigest(reference) ? "@" : ":"}${reference}`;

function hasRegistry(text: string): boolean {
  const [first = "", ...rest] = text.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
}

function storeName({ cwd }: Machine, { storeDir }: Project): string {
  return storeDir.startsWith(`${cwd}/`) ? storeDir.slice(cwd.length + 1) : storeDir;
}
