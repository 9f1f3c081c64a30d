import { describe, expect, it } from "vitest";
import { builderOf } from "./builder.ts";
import type { BuildFacts } from "./facts.ts";
import { provenanceOf } from "./slsa.ts";

const REVISION = "0123456789abcdef0123456789abcdef01234567";
const HASH = "ab".repeat(32);

const FACTS: BuildFacts = {
  source: { url: "https://github.com/acme/web", revision: REVISION, ref: "refs/heads/main", dirty: false },
  context: ".",
  dockerfile: "Dockerfile",
  platforms: ["linux/amd64", "linux/arm64"],
  args: { VERSION: "1.2.3" },
  bases: [],
  builder: { id: "https://github.com/acme/web/.github/workflows/release.yml@refs/heads/main" },
  startedAt: new Date("2026-01-02T03:04:05Z"),
  finishedAt: new Date("2026-01-02T03:05:05Z"),
};

describe("provenance", () => {
  it("says what was built, how, from what and by whom, in the fields of SLSA v1", async () => {
    expect(await provenanceOf({ ...FACTS, target: "runtime" })).toEqual({
      buildDefinition: {
        buildType: "https://seaworthy.dev/build/v1",
        externalParameters: {
          source: { uri: "git+https://github.com/acme/web", ref: "refs/heads/main" },
          context: ".",
          dockerfile: "Dockerfile",
          target: "runtime",
          platforms: ["linux/amd64", "linux/arm64"],
          args: { VERSION: "1.2.3" },
        },
        internalParameters: { uncommittedChanges: false },
        resolvedDependencies: [
          { uri: "git+https://github.com/acme/web", name: "source", digest: { gitCommit: REVISION } },
        ],
      },
      runDetails: {
        builder: { id: FACTS.builder.id },
        metadata: { startedOn: "2026-01-02T03:04:05.000Z", finishedOn: "2026-01-02T03:05:05.000Z" },
      },
    });
  });

  const materials = async (facts: Partial<BuildFacts>) =>
    (await provenanceOf({ ...FACTS, source: { dirty: true }, ...facts })).buildDefinition
      .resolvedDependencies;

  it("names pulled bases by digest and where they are from", async () => {
    const base = { kind: "pulled", name: "docker.io/library/node:24", digest: `sha256:${HASH}` } as const;
    expect(await materials({ bases: [base] })).toEqual([
      {
        uri: `pkg:oci/node@sha256%3A${HASH}?repository_url=docker.io%2Flibrary%2Fnode&tag=24`,
        name: "docker.io/library/node:24",
        digest: { sha256: HASH },
      },
    ]);
  });

  it("names every package of assembled bases, sorted, each once", async () => {
    const libc = { purl: "pkg:deb/debian/libc6@2.41-12?arch=amd64", digest: { sha256: HASH } };
    const npm = { purl: "pkg:npm/npm@11.19.1", digest: { sha256: HASH } };
    const assembled = (...packages: readonly { purl: string; digest: Record<string, string> }[]) =>
      ({ kind: "assembled", packages }) as const;
    expect(await materials({ bases: [assembled(npm, libc), assembled(libc)] })).toEqual([
      { uri: libc.purl, digest: { sha256: HASH } },
      { uri: npm.purl, digest: { sha256: HASH } },
    ]);
  });

  it.each<[string, BuildFacts["args"], readonly string[], BuildFacts["args"]]>([
    ["by their name", { NPM_TOKEN: "abcdefgh" }, [], { NPM_TOKEN: "[redacted]" }],
    [
      "by their value",
      { A: `ghp_${"a1B2c3D4e5F6g7H8i9J0".repeat(2).slice(0, 36)}` },
      [],
      { A: "[redacted]" },
    ],
    ["because they were handed over as such", { A: "x" }, ["A"], { A: "[redacted]" }],
    ["and no others", { A: "x", B: "y" }, ["C"], { A: "x", B: "y" }],
  ])("leaves out the value of args that are secret %s", async (_, args, secretArgs, expected) => {
    const { buildDefinition } = await provenanceOf({ ...FACTS, args, secretArgs });
    expect(buildDefinition.externalParameters.args).toEqual(expected);
  });

  it("leaves out the token of a remote", async () => {
    const source = { ...FACTS.source, url: "https://x-access-token:s3cr3t@github.com/acme/web" };
    expect(JSON.stringify(await provenanceOf({ ...FACTS, source }))).not.toContain("s3cr3t");
  });

  it("says nothing of a source that is in no repository", async () => {
    const { buildDefinition } = await provenanceOf({ ...FACTS, source: { dirty: true } });
    expect(buildDefinition.externalParameters.source).toEqual({});
    expect(buildDefinition.resolvedDependencies).toEqual([]);
    expect(buildDefinition.internalParameters.uncommittedChanges).toBe(true);
  });
});

describe("the builder", () => {
  it.each<[string, Readonly<Record<string, string>>, object]>([
    [
      "is GitHub's workflow",
      {
        GITHUB_ACTIONS: "true",
        GITHUB_WORKFLOW_REF: "acme/web/.github/workflows/release.yml@refs/heads/main",
        GITHUB_REPOSITORY: "acme/web",
        GITHUB_RUN_ID: "7",
        GITHUB_RUN_ATTEMPT: "2",
      },
      {
        id: "https://github.com/acme/web/.github/workflows/release.yml@refs/heads/main",
        invocation: "https://github.com/acme/web/actions/runs/7/attempts/2",
      },
    ],
    [
      "is GitLab's pipeline",
      {
        GITLAB_CI: "true",
        CI_PROJECT_URL: "https://gitlab.com/acme/web",
        CI_COMMIT_REF_NAME: "main",
        CI_JOB_URL: "https://gitlab.com/acme/web/-/jobs/7",
      },
      {
        id: "https://gitlab.com/acme/web//.gitlab-ci.yml@main",
        invocation: "https://gitlab.com/acme/web/-/jobs/7",
      },
    ],
    ["is this machine elsewhere", {}, { id: "https://seaworthy.dev/builders/local" }],
  ])("%s", (_, env, expected) => {
    expect(builderOf(env, { seaworthy: "1.0.0" })).toEqual({ ...expected, versions: { seaworthy: "1.0.0" } });
  });
});
