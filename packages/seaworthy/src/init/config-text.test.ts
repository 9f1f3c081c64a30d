import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { viewOf } from "../../test/view.ts";
import { loadConfig } from "../config/load.ts";
import { configName, configText } from "./config-text.ts";
import { surveyRepository } from "./survey.ts";

const FACTS = { revision: "abc", version: "main-abc", branch: "main" };
const NPM = { "package.json": '{"type":"module","scripts":{"test":"vitest"}}', "package-lock.json": "{}" };
const HOSTILE = 'a\n\r\u2028\u2029\u0085"*/process.exit(9)//${x}`';

const textOf = (
  files: Readonly<Record<string, string>>,
  git = {},
  tests = false,
  platforms: readonly string[] = [],
) => configText(surveyRepository(viewOf(files), git), { platforms, tests });

async function loaded(text: string, name = "seaworthy.config.ts") {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
  try {
    writeFileSync(join(dir, name), text);
    return await loadConfig(join(dir, name), FACTS, () => undefined);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const WEB = "FROM scratch\nEXPOSE 8000\nHEALTHCHECK CMD curl -f http://localhost:8000/health\nUSER app\n";

describe("a generated config", () => {
  it("is short, says why, and holds what was found", () => {
    const text = textOf({ Dockerfile: WEB, ...NPM }, { url: "https://github.com/Acme/App" }, true, [
      "linux/amd64",
      "linux/arm64",
    ]);
    expect(text)
      .toBe(`// What "seaworthy release" does with this repository; "seaworthy plan" says what comes of it.
export default {
  // Where releases go; the tags come from the commit. Without a registry in the name: the embedded one.
  image: "ghcr.io/acme/app",

  // In CI each is built and checked on a machine of its own.
  platforms: ["linux/amd64", "linux/arm64"],

  // Run before anything is built.
  tests: [{ name: "test", run: ["npm", "test"] }],

  // What the image must do before it is published: start, pass its HEALTHCHECK and stop when told.
  verify: {
    services: [{ name: "starts", http: { port: 8000, path: "/health" } }],
  },
};
`);
  });

  it("loads into what it says", async () => {
    const text = textOf(
      { "apps/api/Dockerfile": `${WEB}COPY src /`, "apps/api/src/x": "", ...NPM },
      { url: "https://github.com/Acme/App" },
      false,
      ["linux/amd64"],
    );
    expect(await loaded(text)).toMatchObject({
      image: "ghcr.io/acme/app",
      context: "apps/api",
      platforms: ["linux/amd64"],
      verify: { services: [{ name: "starts", http: { port: 8000, path: "/health" } }], allowRoot: false },
    });
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["nothing", {}],
    ["a Dockerfile alone", { Dockerfile: "FROM scratch\n" }],
    ["a Dockerfile that does not parse", { Dockerfile: "RUNN" }],
    [
      "several Dockerfiles",
      Object.fromEntries(
        ["Dockerfile", "a/Dockerfile", "b/Dockerfile", "c/Dockerfile", "d/Dockerfile"].map((name) => [
          name,
          "FROM scratch\n",
        ]),
      ),
    ],
    ["a Dockerfile with a name of its own", { "build/app.Dockerfile": "FROM scratch\n" }],
    ["several languages", { ...NPM, "go.mod": "", "uv.lock": "", "pytest.ini": "" }],
  ])("of a repository with %s loads", async (_, files) => {
    expect(await loaded(textOf(files))).toMatchObject({ trust: "host" });
  });

  it("lets a root image pass only where the Dockerfile leaves it one", async () => {
    expect((await loaded(textOf({ Dockerfile: "FROM scratch\n" }))).verify?.allowRoot).toBe(true);
    expect((await loaded(textOf({ Dockerfile: "FROM scratch\nUSER 1\n" }))).verify?.allowRoot).toBe(false);
  });

  it("names tests apart where there are several, with the folder they run in", () => {
    const files = { "x/Dockerfile": "FROM scratch\n", "x/go.mod": "", "x/Cargo.toml": "" };
    expect(textOf(files, {}, true)).toContain(`  tests: [
    { name: "test (go)", run: ["go", "test", "./..."], cwd: "x" },
    { name: "test (cargo)", run: ["cargo", "test"], cwd: "x" },
  ],`);
  });

  it("has tests as a comment where the config does not know them", () => {
    expect(textOf(NPM)).toContain('  // tests: [{ name: "test", run: ["npm", "test"] }],');
  });

  it("runs nothing of what the repository's files are called", async () => {
    const files = {
      [`${HOSTILE}/Dockerfile`]: "FROM scratch\nCOPY x /\n",
      [`${HOSTILE}/x`]: "",
      [`b/${HOSTILE}.Dockerfile`]: "",
    };
    const git = { url: `https://github.com/acme/${encodeURIComponent(HOSTILE)}` };
    const text = textOf({ ...files, [`${HOSTILE}/go.mod`]: "" }, git, false);
    expect(await loaded(text)).toMatchObject({ context: HOSTILE });
    expect(text).toContain(String.raw`\u2028`);
  });

  it("imports the package only where the repository has it", () => {
    const manifest = {
      "package.json": '{"type":"module","devDependencies":{"seaworthy":"1.0.0"}}',
      "package-lock.json": "{}",
    };
    expect(textOf(manifest)).toMatch(
      /import \{ defineConfig \} from "seaworthy";\n\nexport default defineConfig\(\{[\s\S]*\}\);\n$/,
    );
    expect(textOf({})).not.toMatch(/import/);
  });

  it.each([
    ["a module", '{"type":"module"}', "seaworthy.config.ts"],
    ["CommonJS", '{"type":"commonjs"}', "seaworthy.config.mts"],
    ["a package that does not say", "{}", "seaworthy.config.mts"],
  ])("in %s has a name that Node takes for a module", async (_, manifest, name) => {
    const survey = surveyRepository(viewOf({ "package.json": manifest }), {});
    expect(configName(survey)).toBe(name);
    expect(await loaded(configText(survey, { platforms: [], tests: false }), name)).toBeDefined();
  });
});
