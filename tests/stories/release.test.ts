import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seaworthy } from "../support/cli.ts";
import { DOCKERFILE, type Project, SERVER, copySmallRoot, makeProject } from "../support/project.ts";

const config = (service: string): string => `export default {
  image: "acme/web",
  verify: {
    services: [{ name: ${JSON.stringify(service)}, args: [${JSON.stringify(service)}], http: { port: 8000, path: "/health" }, healthyWithin: "3s" }],
    rejects: [{ name: "refuses an unknown service", args: ["nobody"] }],
  },
};
`;

const REFERENCE = /^127\.0\.0\.1:5000\/acme\/web@sha256:[0-9a-f]{64}\n$/;

function blobsOf({ dir }: Project): readonly string[] {
  return readdirSync(join(dir, ".seaworthy/store/blobs/sha256")).toSorted();
}

describe("seaworthy release", () => {
  let project: Project;
  let first: Awaited<ReturnType<typeof seaworthy>>;

  beforeAll(async () => {
    project = makeProject({
      Dockerfile: DOCKERFILE,
      "server.pl": SERVER,
      "seaworthy.config.ts": config("web"),
    });
    copySmallRoot(join(project.dir, "root"));
    project.commit();
    first = await seaworthy(["release"], { cwd: project.dir, env: project.env });
  });
  afterAll(() => project[Symbol.dispose]());

  it("goes from a commit to a published digest and prints the reference alone on stdout", () => {
    expect(first.stderr).toContain("released in");
    expect(first.stdout).toMatch(REFERENCE);
    expect(first.code).toBe(0);
  });

  it("names the commit and moves latest on the default branch", () => {
    const sha = execFileSync("git", ["-C", project.dir, "rev-parse", "--short=7", "HEAD"], {
      encoding: "utf8",
    }).trim();
    const { manifests } = JSON.parse(
      readFileSync(join(project.dir, ".seaworthy/store/index.json"), "utf8"),
    ) as {
      manifests: { digest: string; annotations?: Record<string, string> }[];
    };
    const digest = first.stdout.trim().split("@")[1];
    const names = manifests
      .filter((entry) => entry.digest === digest)
      .map((entry) => entry.annotations?.["org.opencontainers.image.ref.name"] ?? "");
    expect(names.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "acme/web:latest",
      "acme/web:main",
      `acme/web:main-${sha}`,
    ]);
  });

  it("finds nothing to do the second time and stores no byte", async () => {
    const before = blobsOf(project);
    const again = await seaworthy(["release"], { cwd: project.dir, env: project.env });
    expect(again.stderr).toContain("nothing changed");
    expect(again.stdout).toBe(first.stdout);
    expect(blobsOf(project)).toEqual(before);
  });

  it("remembers one release, with sizes, checks and stages", async () => {
    const { stdout } = await seaworthy(["history", "--json"], { cwd: project.dir, env: project.env });
    const [record, ...others] = JSON.parse(stdout) as Record<string, unknown>[];
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      reference: first.stdout.trim(),
      platforms: [{ verify: "passed", platform: "linux/amd64" }],
      tags: [{ tag: expect.stringMatching(/^main-[0-9a-f]{7}$/) }, { tag: "main" }, { tag: "latest" }],
    });
    expect((record!["stages"] as { name: string }[]).map(({ name }) => name)).toEqual([
      "build",
      "verify",
      "evidence",
      "publish",
    ]);
  });

  it("builds the same digest from a clean cache in another folder", async () => {
    using other = makeProject();
    // Another umask gives the clone other modes, which must not matter.
    execFileSync("sh", ["-c", `umask 077; git clone -q ${project.dir} ${join(other.dir, "clone")}`]);
    const clone = join(other.dir, "clone");
    execFileSync("git", ["-C", clone, "remote", "remove", "origin"]);
    const outcome = await seaworthy(["release"], { cwd: clone, env: other.env });
    expect(outcome.stdout).toBe(first.stdout);
  });

  it("says in a plan what would move and touches nothing", async () => {
    using other = makeProject({
      Dockerfile: DOCKERFILE,
      "server.pl": SERVER,
      "seaworthy.config.ts": config("web"),
    });
    other.commit();
    const { stdout, code } = await seaworthy(["release", "--dry-run"], { cwd: other.dir, env: other.env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tag {2,}main-[0-9a-f]{7}: → this build \(new\)$/m);
    expect(readdirSync(other.dir)).not.toContain(".seaworthy");
  });
});

describe("a release whose service never becomes healthy", () => {
  it("is refused with its last lines, and nothing is tagged", async () => {
    using project = makeProject({
      Dockerfile: DOCKERFILE,
      "server.pl": SERVER,
      "seaworthy.config.ts": config("bad"),
    });
    copySmallRoot(join(project.dir, "root"));
    project.commit();
    const { code, stderr, stdout } = await seaworthy(["release"], { cwd: project.dir, env: project.env });
    expect(code).toBe(3);
    expect(stderr).toMatch(/bad: GET \/health on port 8000: no answer within 3000 ms, expected status 200/);
    expect(stderr).toContain("| cannot reach the database");
    expect(stdout).toBe("");
    const { manifests } = JSON.parse(
      readFileSync(join(project.dir, ".seaworthy/store/index.json"), "utf8"),
    ) as { manifests: unknown[] };
    expect(manifests).toEqual([]);
  });
});
