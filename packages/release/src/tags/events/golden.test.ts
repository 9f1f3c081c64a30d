// UPDATE_GOLDEN=1 npx vitest run packages/release/src/tags/events rewrites what is expected.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ReleaseError } from "../../error.ts";
import { planDefault } from "../default-policy.ts";
import { checkSource, readEvent } from "./read.ts";
import { mayPush } from "./trust.ts";

const ROOT = join(import.meta.dirname, "../../../test/events");
const UPDATE = process.env["UPDATE_GOLDEN"] === "1";

/** What a CI sets and, for GitHub, writes; `checkout` where it is not the commit that the CI checks out by itself. */
describe("events as CIs write them", () => {
  it.each(readdirSync(ROOT))("%s", (trait) => {
    const folder = join(ROOT, trait);
    const { name, content } = outcome(folder);
    if (UPDATE) {
      for (const old of ["expected.json", "error.txt"]) rmSync(join(folder, old), { force: true });
      writeFileSync(join(folder, name), content);
    }
    expect(readdirSync(folder).filter((file) => /^(?:expected|error)/.test(file))).toEqual([name]);
    expect(content).toBe(readFileSync(join(folder, name), "utf8"));
  });
});

function outcome(folder: string): { readonly name: string; readonly content: string } {
  const { env, checkout = env["GITHUB_SHA"] ?? env["CI_COMMIT_SHA"] ?? "" } = JSON.parse(
    readFileSync(join(folder, "run.json"), "utf8"),
  ) as { readonly env: Readonly<Record<string, string>>; readonly checkout?: string };
  const file = join(folder, "payload.json");
  const flags = existsSync(file) ? { payload: readFileSync(file, "utf8"), payloadName: "payload.json" } : {};
  const source = { revision: checkout, dirty: false };
  try {
    const event = readEvent(flags, env, source);
    checkSource(event, source);
    const { tags } = planDefault({ ...event, revision: checkout });
    return {
      name: "expected.json",
      content: `${JSON.stringify({ event, tags: tags.join(" "), mayPush: mayPush(event) }, null, 2)}\n`,
    };
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    return { name: "error.txt", content: `${error.code}\n${error.message}\nhint: ${error.hint ?? "none"}\n` };
  }
}
