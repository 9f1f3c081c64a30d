import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testMachine } from "../../test/machine.ts";
import { findConfig } from "./find.ts";
import { loadConfig } from "./load.ts";

const facts = { revision: "abc", version: "main-abc", branch: "main" };

const silent = (message: string): void => expect.unreachable(message);

async function load(text: string, warn = silent) {
  using made = testMachine();
  const file = join(made.dir, "seaworthy.config.ts");
  writeFileSync(file, text);
  return await loadConfig(file, facts, warn);
}

const config = (fields: string): string => `export default { ${fields} };`;

describe("loadConfig", () => {
  it("has a default for everything", async () => {
    const empty = await loadConfig(undefined, facts, silent);
    expect(empty).toMatchObject({
      context: ".",
      trust: "host",
      registry: { port: 5_000 },
      build: { retries: 2 },
      args: {},
      bases: {},
    });
    expect(await load(config(""))).toEqual(empty);
  });

  it("hands the facts to a config that is a function", async () => {
    const text =
      "export default ({ version, revision, branch }) => ({ args: { version, revision, branch } });";
    expect((await load(text)).args).toEqual(facts);
  });

  it("waits for a config that is asynchronous", async () => {
    expect((await load('export default async () => ({ image: "a/b" });')).image).toBe("a/b");
  });

  it.each([
    ["ghcr.io/Acme/App", "ghcr.io/acme/app"],
    ["GHCR.io/acme/app", "ghcr.io/acme/app"],
    ["Acme/App", "acme/app"],
    ["127.0.0.1:5000/Acme/My App", "127.0.0.1:5000/acme/my-app"],
  ])("takes the image %s as registries do, and says so in a line", async (written, name) => {
    const said: string[] = [];
    expect((await load(config(`image: "${written}"`), (line) => said.push(line))).image).toBe(name);
    expect(said).toEqual([
      `seaworthy.config.ts: image: ${written} is used as ${name}, as registries take names`,
    ]);
  });

  it.each([
    ['"10s"', 10_000],
    ['"500ms"', 500],
    ['"1.5m"', 90_000],
    ["2", 2_000],
  ])("reads a duration of %s", async (text, ms) => {
    const { verify } = await load(config(`verify: { services: [{ name: "x", healthyWithin: ${text} }] }`));
    expect(verify?.services[0]).toMatchObject({ healthyWithin: ms, stopsWithin: 5_000 });
  });

  it.each<[string, string, RegExp]>([
    [
      "a wrong type",
      "platforms: 'linux/amd64'",
      /^seaworthy\.config\.ts: platforms: expected array, found "linux\/amd64"$/,
    ],
    [
      "a wrong type deep inside",
      'verify: { services: [{ name: "x", http: { port: "80" } }] }',
      /verify\.services\[0\]\.http\.port: expected number, found "80"$/,
    ],
    ["an unknown field", "imag: 'x'", /config\.ts: imag: unknown field$/],
    [
      "an unknown field deep inside",
      'verify: { services: [{ name: "x", htp: 1 }] }',
      /verify\.services\[0\]\.htp: unknown field$/,
    ],
    ["a number out of range", "registry: { port: 70000 }", /registry\.port: .*65535.*, found 70000$/],
    [
      "a name with a tag",
      "image: 'Acme/app:v1'",
      /image: expected a name without tag and digest, found "Acme\/app:v1"$/,
    ],
    ["a name of nothing", "image: '//'", /image: .*, found "\/\/"$/],
    ["retries without end", "build: { retries: 99 }", /build\.retries: .*10.*, found 99$/],
    ["a wrong word", "trust: 'all'", /trust: .*"host"\|"none".*, found "all"$/],
    ["an environment without a target", "environments: { staging: {} }", /staging: expected one target: /],
    [
      "an environment with a name that nobody may have",
      "environments: { 'Staging!': { local: {} } }",
      /environments/,
    ],
    [
      "a way to go that leads nowhere",
      "deploy: 'moon'",
      /deploy: expected one of environments, found "moon"$/,
    ],
    [
      "a port that is none",
      "environments: { local: { local: { publish: { web: 0 } } } }",
      /environments\.local\.local\.publish\.web: .*, found 0$/,
    ],
    [
      "a missing field",
      "verify: { services: [{}] }",
      /verify\.services\[0\]\.name: expected string, found nothing$/,
    ],
    [
      "a duration that is none",
      'verify: { services: [{ name: "x", stopsWithin: "soon" }] }',
      /stopsWithin: expected a duration like "10s".*, found "soon"$/,
    ],
    [
      "a base that is none",
      "bases: { 'node:24': 'trixie' }",
      /bases\.node:24: expected debian\(\{ … \}\), found "trixie"$/,
    ],
    [
      "a platform that is none",
      "platforms: ['amd64!']",
      /platforms\[0\]: expected os\/arch\[\/variant\], found "amd64!"$/,
    ],
    ["a size that is none", 'size: { max: "big" }', /size\.max: expected a size like "60MB".*, found "big"$/],
    [
      "a growth that is none",
      'size: { growth: "much" }',
      /size\.growth: expected a growth like "10%" or "5MB"/,
    ],
    ["a test without a command", "tests: [{ name: 'x' }]", /tests\[0\]/],
    [
      "a test whose name is taken",
      "tests: [{ name: 'x', run: 'a' }, [{ name: 'x', run: 'b' }]]",
      /tests: expected a name of its own for "x"/,
    ],
    [
      "a policy that is no function",
      "policies: [{ name: 'x', check: true }]",
      /check: expected a function, found true$/,
    ],
    [
      "latest beside rules",
      "tags: { rules: 'type=sha', latest: 'stable' }",
      /tags\.latest: expected nothing beside rules/,
    ],
    ["a flavor without rules", "tags: { flavor: 'latest=true' }", /tags\.flavor: expected rules beside it/],
    ["nobody in sign", "sign: {}", /sign\.key: expected key, keyless or both/],
    ["an unknown field in sign", 'sign: { key: "a", fallback: 1 }', /sign\.fallback: unknown field$/],
    [
      "a key that is none",
      "sign: { key: 5 }",
      /sign\.key: expected a file, \{ env: … \} or \{ publicKey, sign \}, found 5$/,
    ],
    [
      "keyless switched off",
      "sign: { keyless: false }",
      /sign\.keyless: expected true or \{ fulcio, rekor, tsa \}/,
    ],
    [
      "a path that is none",
      'verify: { services: [{ name: "x", http: { port: 1, path: "health" } }] }',
      /http\.path: .*"\/".*, found "health"$/,
    ],
  ])("names the place of %s, what was found and what was expected", async (_, fields, message) => {
    await expect(load(config(fields))).rejects.toMatchObject({
      code: "config",
      place: { file: "seaworthy.config.ts" },
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['"60MB"', 60e6],
    ['"1.5 GiB"', 1.5 * 2 ** 30],
    ["1000", 1_000],
  ])("reads a size of %s", async (text, max) => {
    expect((await load(config(`size: { max: ${text} }`))).size).toEqual({ max });
  });

  it.each([
    ['"10%"', { share: 0.1 }],
    ['"5MB"', { bytes: 5e6 }],
  ])("reads a growth of %s", async (text, growth) => {
    expect((await load(config(`size: { growth: ${text} }`))).size).toEqual({ growth });
  });

  it("reads tests one after the other, and side by side in a list", async () => {
    const { tests } = await load(
      config("tests: [{ name: 'a', run: 'npm test' }, [{ name: 'b', run: ['b'] }]]"),
    );
    const more = { cwd: ".", env: {}, timeout: 1_800_000, always: false };
    expect(tests).toEqual([
      [{ name: "a", run: ["sh", "-c", "npm test"], ...more }],
      [{ name: "b", run: ["b"], ...more }],
    ]);
  });

  it("names every fault at once", async () => {
    const wrong = load(config("trust: 1, context: 2"));
    await expect(wrong).rejects.toMatchObject({ message: expect.stringMatching(/context: .*\n.*trust: /s) });
  });

  it.each<[string, string, RegExp]>([
    ["no default export", "export const config = {};", /has no default export/],
    ["nothing in it that is an object", "export default 5;", /expected object, found 5/],
    ["a promise of nothing", "export default async () => {};", /expected object, found nothing/],
    ["a syntax error", "export default {", /seaworthy\.config\.ts: /],
    ["an import that is not there", 'import "./nonesuch.ts"; export default {};', /nonesuch/],
    [
      "a function that throws",
      'export default () => { throw new Error("no VERSION"); };',
      /seaworthy\.config\.ts: no VERSION/,
    ],
  ])("says so of a file with %s", async (_, text, message) => {
    await expect(load(text)).rejects.toMatchObject({
      code: "config",
      place: { file: "seaworthy.config.ts" },
      message: expect.stringMatching(message),
    });
  });

  it("shows no more than the beginning of what it found", async () => {
    const wrong = load(config(`image: ["${"x".repeat(500)}"]`));
    await expect(wrong).rejects.toMatchObject({ message: expect.stringMatching(/^.{1,200}$/) });
  });
});

describe("findConfig", () => {
  it("looks upwards, but not out of the repository", () => {
    using made = testMachine();
    const inner = join(made.dir, "repository/apps/web");
    mkdirSync(join(made.dir, "repository/.git"), { recursive: true });
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(made.dir, "seaworthy.config.ts"), "");
    expect(findConfig(inner)).toBeUndefined();
    writeFileSync(join(made.dir, "repository/seaworthy.config.mjs"), "");
    expect(findConfig(inner)).toBe(join(made.dir, "repository/seaworthy.config.mjs"));
  });
});
