import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { discoverMirrors } from "./discover.ts";
import type { Machine } from "./discover.ts";

function machine(files: Readonly<Record<string, string>>, env: Machine["env"] = {}): Machine {
  return {
    readFile: async (path) => files[path],
    list: async (folder) =>
      Object.keys(files)
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1)),
    env,
    home: "/home/me",
    cwd: "/project",
  };
}

const DEBIAN = "http://deb.debian.org/debian";
const SECURITY = "http://deb.debian.org/debian-security";
const NPM = "https://registry.npmjs.org";

describe("mirrors of apt", () => {
  it("are the published ones on a machine without apt", async () => {
    expect(await discoverMirrors(machine({}))).toMatchObject({
      debian: [DEBIAN],
      debianSecurity: [SECURITY],
      npm: [NPM],
    });
  });

  it("come from deb822 files before the published ones", async () => {
    const text = `# a comment
Types: deb deb-src
URIs: http://mirror.example/debian/ https://other.example/debian
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: yes
Types: deb
URIs: http://mirror.example/debian-security
Suites: trixie-security
Components: main
`;
    const found = await discoverMirrors(machine({ "/etc/apt/sources.list.d/debian.sources": text }));
    expect(found.debian).toEqual(["http://mirror.example/debian", "https://other.example/debian", DEBIAN]);
    expect(found.debianSecurity).toEqual(["http://mirror.example/debian-security", SECURITY]);
  });

  it("come from one-line files, options and comments understood", async () => {
    const text = `
# deb http://commented.example/debian trixie main
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://odd.example/path/to/it trixie main # why
deb-src http://src.example/debian trixie main
deb http://sec.example/debian-security bookworm-security main
deb cdrom:[disc]/ trixie main
`;
    const found = await discoverMirrors(machine({ "/etc/apt/sources.list": text }));
    expect(found.debian).toEqual(["http://odd.example/path/to/it", DEBIAN]);
    expect(found.debianSecurity).toEqual(["http://sec.example/debian-security", SECURITY]);
  });

  it.each([
    [
      "disabled",
      "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: trixie\nComponents: main\n",
    ],
    [
      "another vendor's, by suite",
      "Types: deb\nURIs: https://vendor.example/debian\nSuites: nodistro\nComponents: main\n",
    ],
    [
      "another vendor's, by component",
      "Types: deb\nURIs: https://vendor.example/linux/debian\nSuites: trixie\nComponents: stable\n",
    ],
    [
      "another vendor's, by key",
      "Types: deb\nURIs: https://vendor.example/debian\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/vendor.gpg\n",
    ],
    [
      "another vendor's, by path",
      "Types: deb\nURIs: https://vendor.example/packages\nSuites: stable\nComponents: main\n",
    ],
    ["on a local disk", "Types: deb\nURIs: file:/srv/debian\nSuites: trixie\nComponents: main\n"],
    [
      "for sources alone",
      "Types: deb-src\nURIs: http://src.example/debian\nSuites: trixie\nComponents: main\n",
    ],
  ])("leaves out what is %s", async (_, text) => {
    const found = await discoverMirrors(machine({ "/etc/apt/sources.list.d/x.sources": text }));
    expect([found.debian, found.debianSecurity]).toEqual([[DEBIAN], [SECURITY]]);
  });

  it("gives way to what the config names, one by one", async () => {
    const files = { "/etc/apt/sources.list": "deb http://mirror.example/debian trixie main\n" };
    const found = await discoverMirrors(machine(files), { debian: ["https://mine.example/debian"] });
    expect([found.debian, found.debianSecurity]).toEqual([["https://mine.example/debian"], [SECURITY]]);
  });

  it("refuses a mirror in the config that is no URL", async () => {
    await expect(discoverMirrors(machine({}), { npm: ["registry.example"] })).rejects.toMatchObject({
      code: "invalid-base",
      message: 'mirrors.npm: expected an http or https URL, found "registry.example"',
    });
  });
});

describe("proxies", () => {
  it("come from the environment, capitals accepted but for HTTP_PROXY", async () => {
    const env = {
      HTTP_PROXY: "http://no.example",
      HTTPS_PROXY: "http://p.example:3128",
      no_proxy: "localhost",
    };
    expect((await discoverMirrors(machine({}, env))).proxy).toEqual({
      https: "http://p.example:3128",
      noProxy: "localhost",
    });
    expect((await discoverMirrors(machine({}, { http_proxy: "" }))).proxy).toEqual({});
  });
});

describe("mirrors of npm", () => {
  const files = {
    "/project/.npmrc": "; project\nregistry=https://project.example/\n",
    "/home/me/.npmrc": "registry = https://user.example/npm\n//user.example/npm/:_authToken=${TOKEN}\n",
    "/etc/npmrc": "registry=https://global.example\n",
  };

  it.each([
    ["the environment", files, { npm_config_registry: "https://env.example" }, "https://env.example"],
    ["the project", files, {}, "https://project.example"],
    ["the user", { ...files, "/project/.npmrc": "save=true" }, {}, "https://user.example/npm"],
    ["the machine", { "/etc/npmrc": files["/etc/npmrc"] }, {}, "https://global.example"],
    [
      "a named user file",
      { "/x": "registry=https://named.example" },
      { npm_config_userconfig: "/x" },
      "https://named.example",
    ],
    ["nowhere when it is no URL", { "/project/.npmrc": "registry=${UNSET}" }, {}, NPM],
  ])("come from %s", async (_, given, env, expected) => {
    expect((await discoverMirrors(machine(given, env))).npm[0]).toBe(expected);
  });

  it("keeps tokens by the place they are for, from files and environment, and never prints them", async () => {
    const password = Buffer.from("hunter2").toString("base64");
    const found = await discoverMirrors(
      machine(
        {
          ...files,
          "/project/.npmrc": `//basic.example/:username=me\n//basic.example/:_password=${password}\n//old.example/:_auth=b2xk\n`,
        },
        { TOKEN: "t0ken" },
      ),
    );
    const revealed = [...found.npmAuthorization!].map(([place, secret]) => [place, secret.reveal()]);
    expect(Object.fromEntries(revealed)).toEqual({
      "user.example/npm/": "Bearer t0ken",
      "basic.example/": `Basic ${Buffer.from("me:hunter2").toString("base64")}`,
      "old.example/": "Basic b2xk",
    });
    const printed = inspect(found, { depth: 9 }) + JSON.stringify([...found.npmAuthorization!]);
    for (const secret of ["t0ken", "hunter2", "b2xk"]) expect(printed).not.toContain(secret);
  });
});
