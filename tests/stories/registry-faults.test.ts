import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  first,
  immutableTags,
  lagging,
  says,
  withoutReferrers,
} from "../../packages/registry/test/faults.ts";
import {
  type Asked,
  type FaultyRegistry,
  faultyRegistry,
} from "../../packages/registry/test/faulty-registry.ts";
import { type Outcome, seaworthy } from "../support/cli.ts";
import { type Project, makeProject } from "../support/project.ts";

const PASSWORD = "correct-horse-battery";

let registry: FaultyRegistry;
let project: Project;
beforeEach(async () => {
  registry = await faultyRegistry();
  project = makeProject({
    Dockerfile: 'FROM scratch\nCOPY hello /\nUSER 1\nCMD ["/hello"]\n',
    hello: "hello",
    "seaworthy.config.ts": `export default { image: "${registry.host}/Acme/App", verify: {} };`,
  });
  project.commit();
  const auth = Buffer.from(`ada:${PASSWORD}`).toString("base64");
  mkdirSync(join(project.dir, "../docker"));
  writeFileSync(
    join(project.dir, "../docker/config.json"),
    JSON.stringify({ auths: { [registry.host]: { auth } } }),
  );
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  project[Symbol.dispose]();
});

async function release(): Promise<Outcome> {
  const env = { ...project.env, DOCKER_CONFIG: join(project.dir, "../docker") };
  const ended = await seaworthy(["release", "--progress", "plain"], { cwd: project.dir, env });
  expect(ended.stdout + ended.stderr).not.toContain(PASSWORD);
  return ended;
}

const writes = ({ method }: Asked): boolean => method !== "GET" && method !== "HEAD";
const challenge = says(401, "UNAUTHORIZED", "token expired", { "www-authenticate": 'Basic realm="r"' });

describe("a release to a registry that is unwell", () => {
  it("P11, P35, fault 27: succeeds through 503s, a lost connection, a limit and a registry that is late", async () => {
    registry.use(withoutReferrers("answers with an empty list"));
    registry.use(first(2, writes, says(503, "UNAVAILABLE")));
    registry.use(
      first(1, ({ method, path }) => method === "PUT" && path.includes("/uploads/"), { cutAfter: 10 }),
    );
    registry.use(first(1, () => true, says(429, "TOOMANYREQUESTS", "", { "retry-after": "1" })));
    registry.use(lagging(1));
    const { code, stdout, stderr } = await release();
    expect(stderr).toMatch(/429; asked again in [12]\.\d s/);
    expect(stdout).toMatch(/\/acme\/app@sha256:[0-9a-f]{64}\n$/);
    expect(code).toBe(0);
  });

  it("says in one line that the name was taken in lower case", async () => {
    const { stderr } = await release();
    expect(stderr.match(/Acme\/App/g)).toHaveLength(1);
    expect(stderr).toContain(`seaworthy.config.ts: image: ${registry.host}/Acme/App is used as`);
  });

  it("that has changed nothing sends not a byte, and only asks", async () => {
    const { stdout } = await release();
    const before = registry.received();
    registry.lines.length = 0;
    const again = await release();
    expect(again.stderr).toContain("nothing changed");
    expect(again.stdout).toBe(stdout);
    expect(registry.received()).toBe(before);
    expect(registry.lines.filter((line) => !/^(?:HEAD|GET) /.test(line))).toEqual([]);
  });
});

describe("P13: a release to a registry that refuses it", () => {
  it.each<[string, (asked: Asked) => ReturnType<typeof says> | undefined, RegExp]>([
    [
      "for want of a right",
      (asked) => (writes(asked) ? says(403, "DENIED", "requested access is denied") : undefined),
      /error: POST .*: 403 DENIED requested access is denied\n {2}→ run "seaworthy login/,
    ],
    [
      "as its token has expired",
      (asked) => (writes(asked) || asked.headers.authorization !== undefined ? challenge : undefined),
      /401 UNAUTHORIZED token expired\n {2}→ the credentials for .* are wrong or have expired: run "seaworthy login/,
    ],
    [
      "as the repository is not there",
      (asked) => (writes(asked) ? says(404, "NAME_UNKNOWN", "no such repository") : undefined),
      /404 NAME_UNKNOWN no such repository\n {2}→ create the repository at/,
    ],
  ])("%s says so once, and what to do", async (_, rule, message) => {
    registry.use(rule);
    const { code, stdout, stderr } = await release();
    expect(stderr).toMatch(message);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect([code, stdout]).toEqual([1, ""]);
  });

  it("as its tags are immutable names the tag and what to do", async () => {
    registry.use(immutableTags("ECR"));
    expect(await release()).toMatchObject({ code: 0 });
    writeFileSync(join(project.dir, "hello"), "changed");
    project.commit();
    const { code, stderr } = await release();
    expect(stderr).toMatch(
      /error: PUT .*\/manifests\/(?:main|latest): 400 TAG_INVALID .*\n {2}→ release under a new version, or except the tags that move/,
    );
    expect(code).toBe(1);
  });

  it("has moved no tag where what it holds is not what it was given", async () => {
    registry.use(({ method, path }) =>
      method === "GET" && path.includes("/blobs/") ? { answer: 200, body: "something else" } : undefined,
    );
    const { code, stderr } = await release();
    expect(stderr).toMatch(/error: read back .* sha256:[0-9a-f]{64}: .*\n {2}→ no tag was moved/);
    expect(registry.lines.filter((line) => /^PUT .*\/manifests\/[^:]+$/.test(line))).toEqual([]);
    expect(code).toBe(1);
  });
});
