import { cpSync, existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { keyVerifier, readPublicKey } from "@seaworthy/evidence";
import { openLayout, readIndex } from "@seaworthy/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyTag } from "../../packages/evidence/src/signing/tag-scheme/read.ts";
import { type Outcome, seaworthy } from "../support/cli.ts";
import { type Project, makeProject } from "../support/project.ts";

const PASSWORD = { COSIGN_PASSWORD: "for this test alone" };
/** Put together here, so that no scanner takes this file for a leak. */
const TOKEN = ["ghp", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].join("_");

const CONFIG = `export default {
  image: "acme/web",
  platforms: ["linux/amd64", "linux/arm64"],
  tests: [{ name: "unit", run: ["true"] }],
  verify: { services: [] },
  secrets: true,
  sign: { key: "../cosign.key" },
};
`;
const POLICY = `export default {
  signedBy: [{ key: "cosign.pub" }],
  evidence: [
    { kind: "tests" },
    { kind: "verify", allowNotRun: true },
    { kind: "sbom" },
    { kind: "secrets" },
    { kind: "provenance" },
    { kind: "record" },
  ],
};
`;

async function makeRepository(files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const project = makeProject({
    Dockerfile: 'FROM scratch\nCOPY app.txt package.json /app/\nUSER 65532\nCMD ["/app/app.txt"]\n',
    "app.txt": "the app\n",
    "package.json": '{ "name": "web", "version": "1.0.0", "type": "module" }',
    "seaworthy.config.ts": CONFIG,
    "seaworthy.policy.ts": POLICY,
    ...files,
  });
  const run = { cwd: project.dir, env: { ...project.env, ...PASSWORD } };
  await seaworthy(["generate-key"], run);
  // Where it belongs: a key in the repository would be the first secret that is found.
  renameSync(join(project.dir, "cosign.key"), join(project.dir, "../cosign.key"));
  project.commit();
  return project;
}

const runIn = (project: Project, ...args: readonly string[]): Promise<Outcome> =>
  seaworthy(args, { cwd: project.dir, env: { ...project.env, ...PASSWORD } });

describe("a release with evidence", () => {
  let project: Project;
  let released: Outcome;
  beforeAll(async () => {
    project = await makeRepository();
    released = await runIn(project, "release");
  });
  afterAll(() => project[Symbol.dispose]());

  it("asks the sources first, looks at the image after its checks, and signs after the last gate", () => {
    expect(released.stderr).toContain("released in");
    const stages = [...released.stderr.matchAll(/^✓ (\w+) \(/gm)].map(([, name]) => name);
    const names = ["sources", "tests", "build", "verify", "evidence", "gates", "sign", "publish", "record"];
    expect(stages.filter((name) => names.includes(name!))).toEqual(names);
  });

  it("is let through by a policy that wants all of it, signed", async () => {
    const { code, stdout, stderr } = await runIn(project, "verify", "main");
    expect(stderr + stdout).not.toContain("missing");
    expect(code).toBe(0);
  });

  it("shows every kind of evidence, each signed", async () => {
    const { stdout } = await runIn(project, "evidence", "main", "--key", "cosign.pub");
    for (const kind of [
      "provenance",
      "release record",
      "test result",
      "SBOM, SPDX",
      "SBOM, CycloneDX",
      "verify result",
    ]) {
      expect(stdout).toMatch(new RegExp(`─ ${kind} +✓ key cosign\\.pub`));
    }
  });

  it("finds nothing to do the second time, and signs nothing twice", async () => {
    const again = await runIn(project, "release");
    expect(again.stderr).toContain("nothing changed");
    expect(again.stdout).toBe(released.stdout);
  });

  it("is refused by a policy of another key, which says what is missing", async () => {
    using other = await makeRepository();
    cpSync(join(other.dir, "cosign.pub"), join(project.dir, "other.pub"));
    project.write("other.policy.ts", POLICY.replace("cosign.pub", "other.pub"));
    const { code, stderr, stdout } = await runIn(project, "verify", "main", "--policy", "other.policy.ts");
    expect(code).toBe(3);
    expect(stderr + stdout).toMatch(/signature/);
  });
});

describe("a release that signs at tags too, as cosign did before version 3", () => {
  it("has a signature of the index and of each platform there, which others may add to", async () => {
    using project = await makeRepository({
      "seaworthy.config.ts": CONFIG.replace("sign: {", "sign: { tagScheme: true,"),
    });
    const { stderr, stdout } = await runIn(project, "release");
    expect(stderr).toContain("released in");
    const store = await openLayout(join(project.dir, ".seaworthy/store"));
    const repository = store.repository("acme/web");
    const digest = stdout.trim().split("@")[1]!;
    const { manifests } = await readIndex(repository, (await repository.resolve(digest))!);
    const key = readPublicKey(readFileSync(join(project.dir, "cosign.pub"), "utf8"));
    const options = {
      verifier: keyVerifier(key),
      name: "127.0.0.1:5000/acme/web",
      onProblem: () => undefined,
      signal: undefined,
    };
    const subjects = [(await repository.resolve(digest))!, ...manifests];
    for (const subject of subjects) expect(await verifyTag(repository, subject, options)).toHaveLength(1);
    const tags = await repository.tags();
    expect(tags.filter((tag) => tag.endsWith(".sig"))).toHaveLength(subjects.length);
    const again = await runIn(project, "release");
    expect(again.stderr).toContain("nothing changed");
    expect(await repository.tags()).toEqual(tags);
  });
});

describe("a secret", () => {
  it("in the sources stops a release before anything is built, and is never shown", async () => {
    using project = await makeRepository({ "deploy.sh": `export TOKEN=${TOKEN}\n` });
    const { code, stderr, stdout } = await runIn(project, "release");
    expect(code).toBe(3);
    expect(stderr).toMatch(/secrets in sources: found deploy\.sh:1 \(github, ghp_…/);
    expect(stderr + stdout).not.toContain(TOKEN);
    expect(stderr).not.toContain("✓ build");
    expect(existsSync(join(project.dir, ".seaworthy/store/index.json"))).toBe(true);
  });

  it("in a layer that a later one hides stops it before anything is published", async () => {
    using project = await makeRepository({
      Dockerfile: 'FROM scratch\nCOPY made/ /\nCOPY app.txt /key.txt\nUSER 65532\nCMD ["/key.txt"]\n',
    });
    project.write(".git/info/exclude", "made/\n");
    project.write("made/key.txt", `token: ${TOKEN}\n`);
    const { code, stderr } = await runIn(project, "release");
    expect(code).toBe(3);
    expect(stderr).toMatch(/secrets in image linux\/amd64: found key\.txt:1 in layer 0 \(github/);
    expect(stderr).not.toContain("✓ publish");
  });
});
