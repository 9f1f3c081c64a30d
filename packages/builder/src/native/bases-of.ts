import { expandWord, globalArgs, parseDockerfile, platformArgs, selectStages } from "@seaworthy/dockerfile";
import type { Platform } from "@seaworthy/oci";
import type { BuildRequest } from "../engine.ts";
import { own } from "./own.ts";

/** An image a build starts from or copies from. */
export interface BaseUse {
  readonly name: string;
  readonly how: "assembled" | "pulled";
}

/** The images that the target reaches, without looking at any registry. Throws what the parser throws. */
export function basesOf(request: BuildRequest, buildPlatform: Platform): readonly BaseUse[] {
  const file = parseDockerfile(request.dockerfile.text, { file: request.dockerfile.path });
  const given = new Map(Object.entries(request.args ?? {}));
  const found = new Set<string>();
  for (const target of request.platforms) {
    const args = globalArgs(file, platformArgs({ build: buildPlatform, target }), given);
    const contexts = new Set(Object.keys(request.contexts ?? {}));
    const resolve = (raw: string): string => expandWord(raw, args, file.directives);
    for (const { base, sources } of selectStages(file, request.target, resolve, { contexts }).stages) {
      for (const source of [base, ...sources.values()]) {
        if (source.type === "external" && !contexts.has(source.name)) found.add(source.name);
      }
    }
  }
  return [...found].map((name) => ({
    name,
    how: own(request.bases, name) === undefined ? "pulled" : "assembled",
  }));
}
