import { describe, expect, it } from "vitest";
import { tagsFor } from "./tags.ts";

const revision = "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5";

describe("tagsFor", () => {
  it.each([
    ["main", "main", ["main-4b35282", "main", "latest"]],
    ["feature/Login Page", "main", ["feature-login-page-4b35282", "feature-login-page"]],
    [".hidden", "main", ["hidden-4b35282", "hidden"]],
    ["日本語", "main", ["branch-4b35282"]],
  ])("names a commit on %s", (branch, defaultBranch, tags) => {
    expect(tagsFor({ revision, branch, defaultBranch, dirty: false }).tags).toEqual(tags);
  });

  it("never lets changed files pass for the commit or move latest", () => {
    expect(tagsFor({ revision, branch: "main", defaultBranch: "main", dirty: true }).tags).toEqual([
      "main-4b35282-dirty",
    ]);
  });

  it("keeps a long branch name within 128 characters with its commit", () => {
    const { tags } = tagsFor({ revision, branch: "x".repeat(300), dirty: false });
    expect(tags[0]).toMatch(/^x+-4b35282$/);
    for (const tag of tags) expect(tag.length).toBeLessThanOrEqual(128);
  });

  it("releases a checked-out git tag where no branch is known, and does not move latest", () => {
    const { version, tags } = tagsFor({ revision, tag: "v1.2.0", defaultBranch: "main", dirty: false });
    expect(version).toBe("1.2.0");
    expect(tags).toEqual(["v1.2.0", "1.2.0", "1.2", "1"]);
    expect(tagsFor({ revision, defaultBranch: "main", dirty: false }).tags).toEqual(["detached-4b35282"]);
  });

  it("gives a folder without git one name", () => {
    expect(tagsFor({ dirty: true })).toMatchObject({ version: "dev", tags: ["dev"] });
  });
});
