import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ciCredentials } from "./ci-credentials.ts";

const GITHUB = { GITHUB_ACTIONS: "true", GITHUB_ACTOR: "octocat", GITHUB_TOKEN: "ghs_secret" };
const GITLAB = {
  GITLAB_CI: "true",
  CI_REGISTRY: "registry.example:5050",
  CI_REGISTRY_USER: "gitlab-ci-token",
  CI_REGISTRY_PASSWORD: "glcbt-secret",
};

describe("ciCredentials", () => {
  it.each([
    ["GitHub Actions", GITHUB, "ghcr.io", "octocat", "ghs_secret"],
    ["GitLab", GITLAB, "registry.example:5050", "gitlab-ci-token", "glcbt-secret"],
  ])("are those of %s for the registry beside it", async (_, env, registry, username, password) => {
    const found = await ciCredentials(env).find(registry, "acme/app");
    expect(found).toMatchObject({ kind: "basic", username });
    expect(found?.kind === "basic" && found.password.reveal()).toBe(password);
    expect(inspect(found) + JSON.stringify(found)).not.toContain("secret");
  });

  it.each([
    ["another registry", GITHUB, "docker.io"],
    ["a registry that looks like it", GITHUB, "ghcr.io.evil.example"],
    ["another port", GITHUB, "ghcr.io:444"],
    ["the registry of GitHub on GitLab", GITLAB, "ghcr.io"],
    ["another port of GitLab's", GITLAB, "registry.example"],
    ["a machine with a token that is no CI", { ...GITHUB, GITHUB_ACTIONS: undefined }, "ghcr.io"],
    ["a job without the token", { ...GITHUB, GITHUB_TOKEN: undefined }, "ghcr.io"],
    ["a job with an empty token", { ...GITHUB, GITHUB_TOKEN: "" }, "ghcr.io"],
    ["a job without a user", { ...GITHUB, GITHUB_ACTOR: "" }, "ghcr.io"],
    ["GitLab without a registry", { ...GITLAB, CI_REGISTRY: undefined }, "registry.example:5050"],
  ])("are none for %s", async (_, env, registry) => {
    expect(await ciCredentials(env).find(registry, "acme/app")).toBeUndefined();
  });
});
