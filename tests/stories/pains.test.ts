import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findStatements } from "@seaworthy/evidence";
import { openLayout, parseDigest } from "@seaworthy/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, seaworthy } from "../support/cli.ts";
import { type Project, makeProject } from "../support/project.ts";

/** What users of today's tools suffer from, made impossible: one release, looked at as the registry has it. */
interface Held {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly manifests?: readonly { readonly digest: string; readonly platform?: { readonly os: string } }[];
}

const DESCRIPTION = "org.opencontainers.image.description";

describe("a release, as its registry has it", () => {
  let project: Project;
  let outcome: Outcome;
  let digest: string;
  let index: Held;
  const held = (wanted: string): Held => JSON.parse(readFileSync(blob(wanted), "utf8")) as Held;
  const blob = (wanted: string): string =>
    join(project.dir, ".seaworthy/store/blobs/sha256", wanted.slice("sha256:".length));

  beforeAll(async () => {
    project = makeProject({
      Dockerfile: 'FROM scratch\nARG TOKEN_FILE\nCOPY app.txt /\nUSER 65532\nCMD ["/app.txt"]\n',
      "app.txt": "the app\n",
      "seaworthy.config.ts": `export default {
  image: "127.0.0.1:5000/Acme/Web".toLowerCase(),
  platforms: ["linux/amd64", "linux/arm64"],
  args: { TOKEN_FILE: "/nowhere" },
  annotations: { "${DESCRIPTION}": "Says hello" },
  tests: [{ name: "unit", run: ["true"] }],
  verify: { services: [] },
};
`,
    });
    project.commit();
    outcome = await seaworthy(["release"], { cwd: project.dir, env: project.env });
    digest = outcome.stdout.trim().split("@")[1] ?? "";
    index = held(digest);
  });
  afterAll(() => project[Symbol.dispose]());

  it("P8, P14, faults 1 and 30: gives the digest on stdout, never a tag, and never nothing", () => {
    expect(outcome.stdout).toMatch(/^127\.0\.0\.1:5000\/acme\/web@sha256:[0-9a-f]{64}\n$/);
  });

  it("P21, fault 24: lists no child but the platforms; evidence refers to them instead", () => {
    expect(index.manifests!.map(({ platform }) => platform)).toEqual([
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ]);
  });

  it("P33, fault 25: has description and revision on the index and on each manifest", () => {
    for (const document of [index, ...index.manifests!.map((child) => held(child.digest))]) {
      expect(document.annotations).toMatchObject({
        [DESCRIPTION]: "Says hello",
        "org.opencontainers.image.revision": expect.stringMatching(/^[0-9a-f]{40}$/),
      });
    }
  });

  it("P2: was tested, checked, published and recorded as one digest", async () => {
    const repository = (await openLayout(join(project.dir, ".seaworthy/store"))).repository("acme/web");
    const about = async (subject: string, predicateType: string): Promise<number> =>
      (await findStatements(repository, { digest: parseDigest(subject) }, { predicateType })).length;
    expect(await about(digest, "https://in-toto.io/attestation/test-result/v0.1")).toBe(1);
    expect(await about(digest, "https://seaworthy.dev/release-record/v1")).toBe(1);
    for (const child of index.manifests!) {
      expect(await about(child.digest, "https://seaworthy.dev/verify-result/v1")).toBe(1);
    }
    const tags = await Promise.all((await repository.tags()).map((tag) => repository.resolve(tag)));
    expect(new Set(tags.map((target) => target?.digest))).toEqual(new Set([digest]));
  });
});

it("P26: the same command gives the same digest on a laptop and in a CI", async () => {
  using project = makeProject({
    Dockerfile: 'FROM scratch\nCOPY app.txt /\nUSER 1\nCMD ["/app.txt"]\n',
    "app.txt": "the app\n",
    "seaworthy.config.ts": 'export default { image: "acme/web", verify: { services: [] } };\n',
  });
  project.commit();
  const laptop = await seaworthy(["release"], { cwd: project.dir, env: project.env });
  const sha = laptop.stderr.match(/revision +([0-9a-f]{40})/)![1]!;
  const ci = await seaworthy(["release"], {
    cwd: project.dir,
    env: {
      ...project.env,
      XDG_CACHE_HOME: `${project.dir}-ci-cache`,
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: "push",
      GITHUB_REF: "refs/heads/main",
      GITHUB_SHA: sha,
      GITHUB_REPOSITORY: "Acme/Web",
    },
  });
  expect(ci.stdout).toBe(laptop.stdout);
});
