import type { Dockerfile } from "./dockerfile.ts";
import { DockerfileError } from "./error.ts";
import { expandWord } from "./expand.ts";

/**
 * The variables FROM sees: the platform arguments, then each ARG before the first FROM, whose default
 * may use the ones before it. A build argument wins over a default; one without an ARG counts for
 * nothing here, except over a platform argument.
 */
export function globalArgs(
  file: Pick<Dockerfile, "file" | "text" | "directives" | "metaArgs">,
  platform: ReadonlyMap<string, string>,
  buildArgs: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const values = new Map([...platform].map(([name, value]) => [name, buildArgs.get(name) ?? value]));
  for (const { args, range } of file.metaArgs) {
    for (const { name, value } of args) {
      try {
        const found = buildArgs.get(name) ?? (value && expandWord(value, values, file.directives));
        if (found !== undefined) values.set(name, found);
      } catch (error) {
        throw error instanceof DockerfileError ? error.at(file, range) : error;
      }
    }
  }
  return values;
}
