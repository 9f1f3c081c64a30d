import { describe, expect, it } from "vitest";
import { tagsFor } from "./tags.ts";

const revision = "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5";

describe("tagsFor", () => {
  it.each([
    ["main", "main", ["main-4b35282", "latest"]],
    ["feature/Login Page", "main", ["feature-login-page-4b35282"]],
    [".hidden", "main", ["hidden-4b35282"]],
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
    const [tag] = tagsFor({ revision, branch: "x".repeat(300), dirty: false }).tags;
    expect(tag).toMatch(/^x+-4b35282$/);
    expect(tag).toHaveLength(128);
  });

  it("names a checked-out git tag where no branch is known, and does not move latest", () => {
    const { version, tags } = tagsFor({ revision, tag: "v1.2.0", defaultBranch: "main", dirty: false });
    expect(version).toBe("v1.2.0-4b35282");
    expect(tags).toEqual([version]);
    expect(tagsFor({ revision, defaultBranch: "main", dirty: false }).tags).toEqual(["detached-4b35282"]);
  });

  it("gives a folder without git one name", () => {
    expect(tagsFor({ dirty: true })).toEqual({ version: "dev", tags: ["dev"] });
  });
});
