import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { copyGraph, memoryStore, openLayout } from "@seaworthy/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seaworthy } from "../support/cli.ts";
import { type Project, makeProject } from "../support/project.ts";

const FILES = {
  Dockerfile: 'FROM scratch\nCOPY app.txt shared.txt /\nUSER 1\nCMD ["/app.txt"]\n',
  "shared.txt": "in every layer of every image",
  "seaworthy.config.ts": `export default {
  image: "acme/web",
  verify: {},
  retention: { newest: 2, untagged: "1h", rules: [{ tags: "main-<sha>", for: "1d" }] },
};
`,
};

describe("a repository that is released and cleaned", () => {
  let project: Project;
  const run = (...args: readonly string[]) => seaworthy(args, { cwd: project.dir, env: project.env });
  const release = async (content: string): Promise<number> => {
    project.write("app.txt", content);
    project.commit();
    const { code, stderr } = await run("release", "--progress", "plain");
    return code === 0 ? 0 : expect.fail(stderr);
  };
  const blobsDir = (): string => join(project.dir, ".seaworthy/store/blobs/sha256");
  /** As if so many days had passed. */
  const age = (days: number): void => {
    for (const name of readdirSync(blobsDir())) {
      const time = statSync(join(blobsDir(), name)).mtimeMs / 1000 - days * 86_400;
      utimesSync(join(blobsDir(), name), time, time);
    }
  };
  const bytes = (): number =>
    readdirSync(blobsDir()).reduce((sum, name) => sum + statSync(join(blobsDir(), name)).size, 0);
  /** Copied whole, with all that is known about them: what a pull and a verification need. @returns the tags */
  const pullAll = async (): Promise<readonly string[]> => {
    const repository = (await openLayout(join(project.dir, ".seaworthy/store"))).repository("acme/web");
    const tags = await repository.tags();
    for (const tag of tags) {
      const image = (await repository.resolve(tag))!;
      const evidence = await repository.referrers(image.digest);
      expect(evidence.length).toBeGreaterThan(0);
      for (const target of [image, ...evidence]) await copyGraph(target, repository, memoryStore());
    }
    return tags;
  };

  beforeAll(async () => {
    project = makeProject(FILES);
    for (const at of [0, 1, 2, 3]) {
      await release("x".repeat(100_000 + at));
      age(10);
    }
  }, 180_000);
  afterAll(() => project[Symbol.dispose]());

  it("P1: loses old images with all that belongs to them, gets the space back, and the rest can be pulled", async () => {
    const before = bytes();
    const { code, stdout, stderr } = await run("clean", "--apply");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2 images to delete \(\d+ manifests\), 2 images to keep; /m);
    const [, freed] = /; (\d+\.\d) kB freed$/m.exec(stderr) ?? [];
    expect((before - bytes()) / 1000).toBeCloseTo(Number(freed), 1);
    expect(await pullAll()).toHaveLength(4);
  });

  it("makes anew what a cache remembers and the store has lost", async () => {
    await release("x".repeat(100_000));
    expect(await pullAll()).toHaveLength(5);
  });

  it("is cleaned beside a release, again and again, and both come to a good end", async () => {
    for (const round of [1, 2]) {
      age(5);
      const content = `${"y".repeat(50_000)}${round % 2}`;
      const [, ...cleaned] = await Promise.all([
        release(content),
        run("clean", "--apply"),
        run("clean", "--apply"),
      ]);
      expect(cleaned.map(({ code, stderr }) => (code === 0 ? "" : stderr))).toEqual(["", ""]);
      await pullAll();
    }
  });
});
