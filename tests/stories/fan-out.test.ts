import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ContentStore, type Descriptor, MediaType, openLayout } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Fleet, PLATFORMS, makeFleet, partial } from "../support/fleet.ts";

/** Manifests of images; the slots and what is filed in them stay. */
async function storedImages({ store }: Fleet): Promise<readonly Descriptor[]> {
  const layout = await openLayout(store);
  const found: Descriptor[] = [];
  for await (const { digest, size } of layout.list()) {
    const target = { digest, size, mediaType: MediaType.manifest };
    const text = await textOf(layout, target);
    found.push(...[target].filter(() => text.startsWith("{") && text.includes(MediaType.config)));
  }
  return found;
}

async function textOf(store: ContentStore, target: Descriptor): Promise<string> {
  let text = "";
  for await (const chunk of await store.open(target)) text += Buffer.from(chunk).toString("latin1");
  return text;
}

describe("a release spread over runners", () => {
  let fleet: Fleet;
  beforeEach(async () => void (fleet = await makeFleet()));
  afterEach(() => fleet[Symbol.asyncDispose]());

  it("gives the digest that one machine gives, moves the tags and records all of it", async () => {
    const parts = await Promise.all(PLATFORMS.map((platform) => partial(fleet, platform)));
    expect(parts.map(({ code, stderr }) => (code === 0 ? "" : stderr))).toEqual(["", ""]);
    expect(await fleet.repository.tags()).toEqual([]);
    const merged = await fleet.run(fleet.clone("merger"), "release", "--merge");
    expect(merged.stderr).toContain("released in");
    const digest = merged.stdout.trim().split("@")[1]!;
    expect(await fleet.repository.tags()).toEqual(["latest", "main", expect.stringMatching(/^main-/)]);
    expect((await fleet.repository.resolve("latest"))?.digest).toBe(digest);

    const again = await fleet.run(fleet.clone("another"), "release", "--merge");
    expect(again.stderr).toContain("nothing changed");
    expect(again.stdout).toBe(merged.stdout);

    const { stdout } = await fleet.run(fleet.clone("reader"), "history", "--json");
    expect(JSON.parse(stdout)).toMatchObject([
      {
        reference: merged.stdout.trim(),
        platforms: PLATFORMS.map((platform) => ({ platform })),
        tests: PLATFORMS.map((platform) => ({ name: `unit (${platform})`, status: "passed" })),
      },
    ]);

    const alone = await fleet.run(fleet.clone("alone"), "release", "--image", "127.0.0.1:5000/acme/web");
    expect(alone.stdout.trim().split("@")[1]).toBe(digest);
  });

  it("is refused while a platform is missing, by its name, and moves no tag", async () => {
    await partial(fleet, "linux/amd64");
    const { code, stderr } = await fleet.run(fleet.clone("merger"), "release", "--merge");
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /merge: found 1 of 2 platforms\n {2}linux\/arm64: no result of commit [0-9a-f]{12}/,
    );
    expect(await fleet.repository.tags()).toEqual([]);
  });

  it("does not take results of an older commit, nor an image that is gone", async () => {
    for (const platform of PLATFORMS) await partial(fleet, platform);
    const merger = fleet.clone("merger");
    for (const { digest, size } of await storedImages(fleet)) {
      await fleet.repository.delete({ digest, size, mediaType: MediaType.manifest });
    }
    const gone = await fleet.run(merger, "release", "--merge");
    expect(gone).toMatchObject({ code: 3, stderr: expect.stringMatching(/linux\/arm64: tampered: /) });
    fleet.origin.write("app.txt", "another\n");
    fleet.origin.commit();
    execFileSync("git", ["-C", merger, "pull", "-q"]);
    const stale = await fleet.run(merger, "release", "--merge");
    expect(stale).toMatchObject({ code: 3, stderr: expect.stringContaining("found 0 of 2 platforms") });
    expect(await fleet.repository.tags()).toEqual([]);
  });

  it("is not made from files that differ from the commit", async () => {
    const runner = fleet.clone("runner");
    writeFileSync(join(runner, "app.txt"), "changed\n");
    const { code, stderr } = await fleet.run(runner, "release", "--partial", "--platform", "linux/amd64");
    expect(code).toBe(1);
    expect(stderr).toContain("release in parts: found files that differ from the commit");
  });

  it("refuses --merge with --partial, and a platform alone", async () => {
    const both = await fleet.run(fleet.origin.dir, "release", "--partial", "--merge");
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("--partial and --merge") });
    const alone = await fleet.run(fleet.origin.dir, "release", "--platform", "linux/amd64");
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining("say --partial too") });
    const other = await fleet.run(fleet.origin.dir, "release", "--partial", "--platform", "linux/s390x");
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("linux/amd64, linux/arm64") });
  });
});
