// UPDATE_GOLDEN=1 npx vitest run packages/dockerfile rewrites what the parser is expected to say.
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DockerfileError, parseDockerfile } from "./index.ts";
import type { Dockerfile, Position, Range } from "./index.ts";

const ROOT = join(import.meta.dirname, "..", "golden");
const UPDATE = process.env["UPDATE_GOLDEN"] === "1";

describe("golden Dockerfiles", () => {
  it.each(readdirSync(ROOT))("%s", (trait) => {
    const folder = join(ROOT, trait);
    const { name, content } = outcome(readFileSync(join(folder, "Dockerfile"), "utf8"));
    if (UPDATE) {
      for (const old of ["expected.json", "error.txt"]) rmSync(join(folder, old), { force: true });
      writeFileSync(join(folder, name), content);
    }
    expect(readdirSync(folder).toSorted()).toEqual(["Dockerfile", name]);
    expect(content).toBe(readFileSync(join(folder, name), "utf8"));
  });
});

function outcome(text: string): { name: string; content: string } {
  try {
    return { name: "expected.json", content: print(parseDockerfile(text)) };
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    const hint = error.hint === undefined ? "" : `\nhint: ${error.hint}`;
    return { name: "error.txt", content: `${error.code}\n${error.message}${hint}\n` };
  }
}

function print({ file: _file, text: _text, ...tree }: Dockerfile): string {
  return `${JSON.stringify(tree, replacer, 2)}\n`;
}

function replacer(key: string, value: unknown): unknown {
  if (value instanceof Set) return [...value];
  if (key !== "range") return value;
  const { start, end } = value as Range;
  return `${point(start)}-${point(end)}`;
}

function point({ line, column }: Position): string {
  return `${line}:${column}`;
}
