import { describe, expect, it } from "vitest";
import { viewOf } from "../../test/view.ts";
import { surveyRepository } from "./survey.ts";

const survey = (files: Readonly<Record<string, string>>, git = {}) => surveyRepository(viewOf(files), git);
const FROM = "FROM scratch\n";

describe("the Dockerfile", () => {
  it("is the one nearest to the root, plainly named, and of no test", () => {
    const found = survey({
      "Dockerfile.dev": FROM,
      Dockerfile: FROM,
      "apps/api/Dockerfile": FROM,
      "web.Dockerfile": FROM,
      "tests/Dockerfile": FROM,
      Containerfile: FROM,
    });
    expect(found.dockerfile?.path).toBe("Containerfile");
    expect(found.others).toEqual([
      "Dockerfile",
      "Dockerfile.dev",
      "web.Dockerfile",
      "apps/api/Dockerfile",
      "tests/Dockerfile",
    ]);
  });

  it("is none of what only has such a name", () => {
    const names = [
      "Dockerfile.dockerignore",
      "Dockerfile.md",
      "Dockerfile.j2",
      "dockerfile.ts",
      "notes/Dockerfiles",
    ];
    const found = survey(Object.fromEntries(names.map((name) => [name, ""])));
    expect([found.dockerfile, found.others]).toEqual([undefined, []]);
  });

  it("says its port, its user and what its health check asks for, with variables replaced", () => {
    const text = `ARG BASE=1
FROM node:24 AS base
ARG BASE
ENV PORT=30\${BASE}0
EXPOSE 53/udp $PORT
HEALTHCHECK CMD curl -f http://localhost:3010/health?full || exit 1
FROM golang AS other
EXPOSE 1
USER root
FROM base
USER 1000:1000
`;
    expect(survey({ Dockerfile: text }).dockerfile?.facts).toMatchObject({
      port: 3010,
      healthcheck: true,
      health: { port: 3010, path: "/health" },
      root: false,
    });
  });

  it.each<[string, string, object]>([
    ["no health check where it is NONE", "HEALTHCHECK NONE", { healthcheck: false, root: true }],
    [
      "a health check that is no request",
      'HEALTHCHECK CMD ["/check"]',
      { healthcheck: true, health: undefined },
    ],
    [
      "port 80 where a request names none",
      "HEALTHCHECK CMD wget -q http://127.0.0.1/",
      { health: { port: 80, path: "/" } },
    ],
    ["no request to another machine", "HEALTHCHECK CMD curl http://example.org/", { health: undefined }],
    ["no port that is none", "HEALTHCHECK CMD curl http://localhost:99999/", { health: undefined }],
    ["root by its number", "USER 0:0", { root: true }],
    ["root by its name", "USER root", { root: true }],
    ["nothing of what cannot be expanded", "EXPOSE ${PORT:?}\nEXPOSE 8080", { port: 8080 }],
  ])("has %s", (_, line, facts) => {
    const { dockerfile } = survey({ Dockerfile: `${FROM}${line}\n` });
    expect({ health: undefined, ...dockerfile?.facts }).toMatchObject(facts);
  });

  it("that does not parse is named with its fault", () => {
    expect(survey({ Dockerfile: "FROM scratch\nRUNN x\n" }).dockerfile).toEqual({
      path: "Dockerfile",
      context: ".",
      fault: expect.stringMatching(/^Dockerfile:2: .*RUNN/) as unknown,
    });
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      "the root, where what it copies is there",
      {
        "apps/api/Dockerfile": `${FROM}COPY package.json apps/api/src /`,
        "package.json": "",
        "apps/api/src/x": "",
      },
      ".",
    ],
    [
      "its folder, where what it copies is there",
      { "apps/api/Dockerfile": `${FROM}COPY src /`, "apps/api/src/x": "" },
      "apps/api",
    ],
    [
      "its folder, where everything is copied and it looks like a project",
      { "apps/api/Dockerfile": `${FROM}COPY . .`, "apps/api/go.mod": "" },
      "apps/api",
    ],
    ["the root, where nothing tells", { "apps/api/Dockerfile": `${FROM}COPY . .` }, "."],
    [
      "the root, where what it copies comes from a stage",
      { "a/Dockerfile": `FROM scratch AS b\nFROM scratch\nCOPY --from=b src /`, "a/src/x": "" },
      ".",
    ],
  ])("means %s", (_, files, context) => {
    expect(survey(files).dockerfile?.context).toBe(context);
  });
});

describe("the tests", () => {
  const script = JSON.stringify({ scripts: { test: "vitest" } });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ["npm", { "package.json": script, "package-lock.json": "{}" }, "npm test"],
    ["npm without a lock", { "package.json": script }, "npm test"],
    ["pnpm", { "package.json": script, "pnpm-lock.yaml": "" }, "pnpm test"],
    ["yarn", { "package.json": script, "yarn.lock": "" }, "yarn test"],
    ["bun", { "package.json": script, "bun.lock": "" }, "bun run test"],
    ["uv", { "uv.lock": "", "pyproject.toml": "pytest" }, "uv run --locked pytest"],
    ["poetry", { "poetry.lock": "", "pyproject.toml": "pytest" }, "poetry run pytest"],
    ["pip", { "requirements.txt": "flask\npytest==9\n" }, "python3 -m pytest"],
    [
      "pip, for development",
      { "requirements-dev.txt": "pytest", "requirements.txt": "" },
      "python3 -m pytest",
    ],
    ["pip, without a list", { "pyproject.toml": "pytest" }, "python3 -m pytest"],
    ["go", { "go.mod": "" }, "go test ./..."],
    ["cargo", { "Cargo.toml": "" }, "cargo test"],
  ])("of %s are found", (name, files, command) => {
    const [toolchain, ...more] = survey(files).toolchains;
    expect(toolchain?.test?.join(" ")).toBe(command);
    expect(name).toContain(toolchain?.name);
    expect(more).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    [
      "npm's own, which always fails",
      { "package.json": JSON.stringify({ scripts: { test: 'echo "Error: no test specified" && exit 1' } }) },
    ],
    ["a package.json without scripts", { "package.json": "{}" }],
    ["a package.json that is none", { "package.json": "[" }],
    ["a package.json of null", { "package.json": "null" }],
    ["scripts that are none", { "package.json": '{"scripts":null}' }],
    ["Python without pytest", { "requirements.txt": "flask\n" }],
  ])("are not made up from %s", (_, files) => {
    expect(survey(files).toolchains.map(({ test }) => test)).toEqual([undefined]);
  });

  it("of every language at the root are found, else those beside the Dockerfile", () => {
    const files = {
      "apps/api/Dockerfile": FROM,
      "apps/api/package.json": script,
      "go.mod": "",
      "uv.lock": "",
    };
    expect(survey(files)).toMatchObject({ folder: ".", toolchains: [{ name: "uv" }, { name: "go" }] });
    expect(survey({ "apps/api/Dockerfile": FROM, "apps/api/package.json": script })).toMatchObject({
      folder: "apps/api",
      toolchains: [{ name: "npm", evidence: "apps/api/package.json" }],
    });
  });
});

describe("the image", () => {
  it.each([
    ["https://github.com/Acme/Web.App", "ghcr.io/acme/web.app"],
    ["https://gitlab.com/group/sub/App", "registry.gitlab.com/group/sub/app"],
    ["https://gitlab.example.org/group/app", undefined],
    ["https://github.com/acme/.github", undefined],
    ["https://github.com/", undefined],
    [undefined, undefined],
  ])("of %s is %s (P24)", (url, image) => {
    expect(survey({}, url === undefined ? {} : { url }).image).toBe(image);
  });
});

describe("seaworthy itself", () => {
  it.each<[string, Readonly<Record<string, string>>, boolean]>([
    ["a dependency", { "package.json": '{"devDependencies":{"seaworthy":"^1.0.0"}}', "yarn.lock": "" }, true],
    [
      "a workspace in the lock",
      { "package.json": "{}", "package-lock.json": '{"packages":{"node_modules/seaworthy":{}}}' },
      true,
    ],
    ["a dependency without a lock", { "package.json": '{"devDependencies":{"seaworthy":"^1.0.0"}}' }, false],
    ["anything else", { "package.json": '{"dependencies":{"sea":"1"}}', "package-lock.json": "{}" }, false],
  ])("as %s is found to be installed: %s", (_, files, installed) => {
    expect(survey(files).installsSeaworthy).toBe(installed);
  });
});
