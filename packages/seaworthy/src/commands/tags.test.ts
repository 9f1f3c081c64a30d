import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testMachine } from "../../test/machine.ts";
import { type TagsFlags, runTags } from "./tags.ts";

const SHA = "860c1904a1ce19322e91ac35af1ab07466440c37";
const HEAD = "5f3331d7f7044c18ca9f12c77d961c4d7cf3276a";
const NOW = "2020-01-10T00:30:00Z";
const RULES = "type=ref,event=branch\ntype=semver,pattern={{version}}\ntype=sha,prefix={{branch}}-";

interface Printed {
  readonly version: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: readonly string[];
}

async function run(flags: TagsFlags, files: Record<string, string> = {}, env: Record<string, string> = {}) {
  using test = testMachine();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(test.dir, name), text);
  const machine = { ...test.machine, env: { ...test.machine.env, ...env } };
  const printed = (await runTags(machine, { now: NOW, ...flags })) as Printed;
  return { ...printed, stderr: test.said.stderr };
}

const github = (ref: string, more: Record<string, string> = {}) => ({
  GITHUB_ACTIONS: "true",
  GITHUB_EVENT_NAME: "push",
  GITHUB_REF: ref,
  GITHUB_SHA: SHA,
  GITHUB_REPOSITORY: "Acme/App",
  ...more,
});

describe("runTags", () => {
  it("answers from flags alone", async () => {
    const flags = {
      eventName: "push",
      ref: "refs/heads/main",
      sha: SHA,
      repository: "Acme/App",
      defaultBranch: "main",
    };
    const { version, tags, labels, annotations } = await run({ ...flags, images: ["GHCR.io/Acme/App"] });
    expect(version).toBe("main-860c190");
    expect(tags).toEqual(["main-860c190", "main", "latest"].map((tag) => `ghcr.io/acme/app:${tag}`));
    expect(labels).toEqual({
      "org.opencontainers.image.created": "2020-01-10T00:30:00.000Z",
      "org.opencontainers.image.revision": SHA,
      "org.opencontainers.image.source": "https://github.com/Acme/App",
      "org.opencontainers.image.title": "App",
      "org.opencontainers.image.url": "https://github.com/Acme/App",
      "org.opencontainers.image.version": "main-860c190",
    });
    expect(annotations).toContain(`index:org.opencontainers.image.revision=${SHA}`);
  });

  it("says what a release would, with the tags of the config, unless a flag says how they come about", async () => {
    const files = {
      "seaworthy.config.ts": 'export default { tags: { rules: ["type=sha", "type=raw,value=edge"] } };',
    };
    const env = github("refs/heads/main");
    expect((await run({}, files, env)).tags).toEqual(["edge", "sha-860c190"]);
    expect((await run({ latest: "none" }, files, env)).tags).toEqual(["main-860c190", "main"]);
  });

  it("reads GitHub's event and its payload", async () => {
    const payload = JSON.stringify({ repository: { default_branch: "trunk", description: "Says hello" } });
    const env = github("refs/heads/trunk", { GITHUB_EVENT_PATH: "event.json" });
    const { tags, labels } = await run({}, { "event.json": payload }, env);
    expect(tags).toEqual(["trunk-860c190", "trunk", "latest"]);
    expect(labels["org.opencontainers.image.description"]).toBe("Says hello");
  });

  it("reads rules from a file, says what they leave out, and gives bake definitions", async () => {
    const files = { rules: `${RULES}\ntype=pep440,pattern={{version}},value=x` };
    const { tags, stderr } = await run({ rules: "rules" }, files, github("refs/tags/v1.2.3"));
    expect(tags).toEqual(["1.2.3", "sha-860c190", "latest"]);
    expect(stderr).toBe("warning: rules:4: x is no version of PEP 440\n");
    const baked = await run(
      { rules: "rules", format: "bake-tags", bakeTarget: "app" },
      files,
      github("refs/tags/v1.2.3"),
    );
    expect(baked).toMatchObject({ target: { app: { tags, args: { DOCKER_META_VERSION: "1.2.3" } } } });
  });

  it("hears metadata-action's variables", async () => {
    const payload = JSON.stringify({ number: 7, pull_request: { head: { sha: HEAD } } });
    const { tags, annotations } = await run(
      { rules: "rules" },
      { rules: "type=sha", "event.json": payload },
      {
        ...github("refs/pull/7/merge", {
          GITHUB_EVENT_NAME: "pull_request",
          GITHUB_EVENT_PATH: "event.json",
        }),
        DOCKER_METADATA_PR_HEAD_SHA: "true",
        DOCKER_METADATA_SHORT_SHA_LENGTH: "12",
        DOCKER_METADATA_ANNOTATIONS_LEVELS: "index-descriptor",
      },
    );
    expect(tags).toEqual([`sha-${HEAD.slice(0, 12)}`]);
    expect(annotations.every((line) => line.startsWith("index-descriptor:"))).toBe(true);
  });

  it("takes a flavor alone for one of the rules that hold without any", async () => {
    const { tags } = await run({ flavor: ["latest=true", "prefix=x-"] }, {}, github("refs/heads/main"));
    expect(tags).toEqual(["x-main", "latest"]);
  });

  it("lets labels and annotations be given in several flags", async () => {
    const { labels, annotations } = await run(
      { labels: ["a=1\nb={{branch}}", "c=3"], annotations: ["d=4"] },
      {},
      github("refs/heads/main"),
    );
    expect(labels).toMatchObject({ a: "1", b: "main", c: "3" });
    expect(annotations).toContain("manifest:d=4");
  });

  it.each<[string, TagsFlags, string, string]>([
    ["a time that is none", { now: "soon" }, "usage", '--now: expected a time, found "soon"'],
    ["rules that are not there", { rules: "nowhere" }, "config", "nowhere: not there"],
    ["an event file that is not there", { eventFile: "nowhere.json" }, "config", "nowhere.json: not there"],
    ["an unknown event", { eventName: "pusch" }, "event", 'event: "pusch" is not known'],
    ["a malformed payload", { eventFile: "bad.json" }, "event", "bad.json: expected JSON"],
    ["illegal rules", { rules: "bad.json" }, "rules", "bad.json:1: "],
  ])("says what is wrong with %s", async (_, flags, code, message) => {
    await expect(run(flags, { "bad.json": "type=nothing" }, github("refs/heads/main"))).rejects.toMatchObject(
      {
        code,
        message: expect.stringContaining(message) as unknown,
      },
    );
  });

  it("names a folder without git and without CI", async () => {
    expect(await run({})).toMatchObject({ version: "dev", tags: ["dev"] });
  });
});
