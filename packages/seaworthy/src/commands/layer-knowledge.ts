import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { type Dockerfile, type Stage, parseDockerfile } from "@seaworthy/dockerfile";
import type { ImageConfig } from "@seaworthy/oci";
import type { BaseImage, Knowledge, SourceLine } from "@seaworthy/evidence/vulnerabilities";
import type { Project } from "./context.ts";
import { dockerfileOf } from "./context.ts";

/** As our engine names the layer of a base that it assembles. */
const ASSEMBLED = /^seaworthy: (.+) assembled from packages$/;

/** What the repository knows of an image's layers: which line makes one, and which come from a base. */
export async function layerKnowledge(
  project: Pick<Project, "root" | "config">,
  image: ImageConfig,
): Promise<Knowledge> {
  const dockerfile = await parsed(project);
  const lineOf = (createdBy: string): SourceLine | undefined => dockerfile && lineIn(dockerfile, createdBy);
  const made = (image.history ?? []).filter(({ empty_layer }) => empty_layer !== true);
  const own = made.findIndex(({ created_by: text }) => text !== undefined && lineOf(text) !== undefined);
  const from = dockerfile === undefined ? undefined : fromOf(dockerfile, project.config.target);
  return {
    lineOf,
    baseOf(layer): BaseImage | undefined {
      const assembled = ASSEMBLED.exec(made[layer]?.created_by ?? "")?.[1];
      if (assembled !== undefined) return { name: assembled, kind: "assembled" };
      // What lies below the first line of our own.
      return from !== undefined && layer < own ? { name: from, kind: "pulled" } : undefined;
    },
  };
}

/** An image of somebody else's is scanned without one, and one that does not parse says nothing. */
async function parsed({ root, config }: Pick<Project, "root" | "config">): Promise<Dockerfile | undefined> {
  const path = dockerfileOf(root, config);
  try {
    return parseDockerfile(await readFile(path, "utf8"), { file: relative(root, path) });
  } catch {
    return undefined;
  }
}

/** The last of equal lines: later stages are what an image holds. */
function lineIn({ file, stages }: Dockerfile, createdBy: string): SourceLine | undefined {
  const wanted = bare(createdBy);
  const found = stages
    .flatMap(({ instructions }) => instructions)
    .findLast(({ line }) => bare(line) === wanted);
  return found === undefined ? undefined : { file, line: found.range.start.line };
}

/** Without what Docker and BuildKit add: `RUN |1 A=b /bin/sh -c make # buildkit`, `/bin/sh -c #(nop) COPY …`. */
function bare(text: string): string {
  return text
    .replace(/ # buildkit$/, "")
    .replace(/^\/bin\/sh -c #\(nop\)\s+/, "")
    .replace(/^(?:RUN )?(?:\|\d+ .*? )?\/bin\/sh -c /, "RUN ")
    .replaceAll(/\\\n/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** What the stage that is built begins from, through stages that begin from others. */
function fromOf({ stages }: Dockerfile, target: string | undefined): string | undefined {
  const named = (name: string): Stage | undefined =>
    stages.find((stage) => stage.name === name.toLowerCase());
  let stage = target === undefined ? stages.at(-1) : (named(target) ?? stages[Number(target)]);
  for (let depth = 0; stage !== undefined && depth < stages.length; depth++) {
    const below: Stage | undefined = named(stage.from.image);
    if (below === undefined) return stage.from.image;
    stage = below;
  }
  return undefined;
}
