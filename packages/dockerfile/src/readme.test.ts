import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DockerfileError, parseDockerfile } from "./index.ts";

const README = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, "s").exec(README)![1]!;
}

it("shows in the README what the parser says", () => {
  let message = "";
  try {
    parseDockerfile(block("dockerfile"));
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    message = error.message;
  }
  expect(message).toBe(block("text"));
});
