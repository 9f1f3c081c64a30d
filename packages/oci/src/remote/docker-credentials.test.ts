import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { credentialFiles, dockerCredentials } from "./index.ts";
import type { Credential } from "./index.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "seaworthy-"));
});
afterAll(() => rm(dir, { recursive: true }));

let files = 0;
async function fileWith(content: unknown): Promise<string> {
  const path = join(dir, `config-${files++}.json`);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** What can be compared: the secret as text. */
function shown(credential: Credential | undefined): unknown {
  if (credential === undefined) return undefined;
  return credential.kind === "basic"
    ? { kind: credential.kind, username: credential.username, password: credential.password.reveal() }
    : { kind: credential.kind, token: credential.token.reveal() };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

async function find(config: unknown, registry: string, repository = "acme/app"): Promise<unknown> {
  const credentials = dockerCredentials({ files: [await fileWith(config)], environment: { PATH: dir } });
  return shown(await credentials.find(registry, repository));
}

/** An executable `docker-credential-<name>` in the folder that is the helpers' PATH. */
async function helper(name: string, script: string): Promise<void> {
  const path = join(dir, `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

describe("credentialFiles", () => {
  it("names what the environment names, first one first", () => {
    expect(
      credentialFiles({
        HOME: "/home/ada",
        DOCKER_CONFIG: "/d",
        REGISTRY_AUTH_FILE: "/auth.json",
        XDG_RUNTIME_DIR: "/run/1",
      }),
    ).toEqual([
      "/auth.json",
      "/d/config.json",
      "/run/1/containers/auth.json",
      "/home/ada/.config/containers/auth.json",
    ]);
    expect(credentialFiles({ HOME: "/home/ada" })[0]).toBe("/home/ada/.docker/config.json");
    expect(credentialFiles({})).toEqual([]);
  });
});

describe("dockerCredentials", () => {
  const ada = { kind: "basic", username: "ada", password: "pw:with:colons" };
  const auth = base64("ada:pw:with:colons");

  it.each([
    ["the host", { "ghcr.io": { auth } }, "ghcr.io"],
    ["host and port", { "127.0.0.1:5000": { auth } }, "127.0.0.1:5000"],
    ["an address", { "https://ghcr.io/": { auth } }, "ghcr.io"],
    ["an address with a version", { "https://ghcr.io/v2/": { auth } }, "ghcr.io"],
    ["Docker Hub's old address", { "https://index.docker.io/v1/": { auth } }, "docker.io"],
    ["Docker Hub's name", { "docker.io": { auth } }, "docker.io"],
    [
      "name and password in the open",
      { "ghcr.io": { username: "ada", password: "pw:with:colons" } },
      "ghcr.io",
    ],
    ["auth with Docker's padding", { "ghcr.io": { auth: base64("ada:pw:with:colons\0\0") } }, "ghcr.io"],
  ])("finds an entry by %s", async (_, auths, registry) => {
    expect(await find({ auths }, registry)).toEqual(ada);
  });

  it.each([
    ["another host", { "ghcr.io.evil.example": { auth } }],
    ["another port", { "ghcr.io:5000": { auth } }],
    ["a part of the host", { "cr.io": { auth } }],
    ["another namespace", { "ghcr.io/acm": { auth } }],
    ["nothing in it", { "ghcr.io": {} }],
    ["auth that is no pair", { "ghcr.io": { auth: base64("nothing") } }],
  ])("passes over an entry with %s", async (_, auths) => {
    expect(await find({ auths }, "ghcr.io")).toBeUndefined();
  });

  it("takes the entry for the longest namespace", async () => {
    const auths = {
      "quay.io": { auth: base64("all:1") },
      "quay.io/acme": { auth: base64("acme:2") },
      "quay.io/acme/app": { auth: base64("app:3") },
    };
    expect(await find({ auths }, "quay.io", "acme/app")).toMatchObject({ username: "app" });
    expect(await find({ auths }, "quay.io", "acme/application")).toMatchObject({ username: "acme" });
    expect(await find({ auths }, "quay.io", "other")).toMatchObject({ username: "all" });
  });

  it("knows identity tokens and registry tokens", async () => {
    const auths = { "a.example": { auth, identitytoken: "id" }, "b.example": { registrytoken: "reg" } };
    expect(await find({ auths }, "a.example")).toEqual({ kind: "identity-token", token: "id" });
    expect(await find({ auths }, "b.example")).toEqual({ kind: "bearer", token: "reg" });
  });

  it("asks the files in order, passing over those that are missing, empty or know nothing", async () => {
    const all = [
      join(dir, "missing.json"),
      await fileWith(""),
      await fileWith({ auths: { "other.example": { auth } } }),
      await fileWith({ auths: { "ghcr.io": { auth } } }),
    ];
    const found = await dockerCredentials({ files: all, environment: {} }).find("ghcr.io", "a");
    expect(shown(found)).toEqual(ada);
  });

  it("shows nothing of a credential it prints", async () => {
    const file = await fileWith({ auths: { "ghcr.io": { auth } } });
    const found = await dockerCredentials({ files: [file], environment: {} }).find("ghcr.io", "a");
    expect(inspect(found) + JSON.stringify(found)).not.toContain("pw:");
  });

  it.each([
    ["is no JSON", "{ secret-text"],
    ["is a list", '["secret-text"]'],
    ["has auths of another kind", { auths: "secret-text" }],
    ["has an entry of another kind", { auths: { "ghcr.io": "secret-text" } }],
    ["is too large", `{"x":"${"secret-text".repeat(100_000)}"}`],
  ])("refuses a file that %s, naming it", async (_, content) => {
    const path = await fileWith(content);
    const error = await dockerCredentials({ files: [path], environment: {} })
      .find("ghcr.io", "a")
      .catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: "unauthorized", message: expect.stringContaining(path) as string });
    expect(inspect(error)).not.toContain("secret-text");
  });
});

describe("a credential helper", () => {
  it("is told the registry on its stdin, and its answer used", async () => {
    await helper(
      "one",
      'read server; printf \'{"ServerURL":"%s","Username":"u","Secret":"s of %s"}\' "$server" "$server"',
    );
    const expected = { kind: "basic", username: "u", password: "s of ghcr.io" };
    expect(await find({ credHelpers: { "ghcr.io": "one" } }, "ghcr.io")).toEqual(expected);
    expect(await find({ credsStore: "one" }, "docker.io")).toMatchObject({
      password: "s of https://index.docker.io/v1/",
    });
  });

  it("for one registry goes before the one for all", async () => {
    await helper("all", 'echo \'{"Username":"all","Secret":"1"}\'');
    await helper("own", 'echo \'{"Username":"own","Secret":"2"}\'');
    const config = { credsStore: "all", credHelpers: { "ghcr.io": "own" } };
    expect(await find(config, "ghcr.io")).toMatchObject({ username: "own" });
    expect(await find(config, "quay.io")).toMatchObject({ username: "all" });
  });

  it("may answer with an identity token", async () => {
    await helper("token", 'echo \'{"Username":"<token>","Secret":"refresh"}\'');
    expect(await find({ credsStore: "token" }, "ghcr.io")).toEqual({
      kind: "identity-token",
      token: "refresh",
    });
  });

  it("that knows nothing leaves it to the file", async () => {
    await helper("none", 'echo "credentials not found in native keychain"; exit 1');
    expect(await find({ credsStore: "none" }, "ghcr.io")).toBeUndefined();
    const auths = { "ghcr.io": { auth: base64("ada:pw") } };
    expect(await find({ credsStore: "none", auths }, "ghcr.io")).toMatchObject({ username: "ada" });
  });

  it.each([
    ["fails", "echo secret-text; echo secret-text >&2; exit 3", "exit code 3"],
    ["answers no JSON", "echo secret-text", "expected JSON with Username and Secret"],
    ["answers another shape", "echo '[\"secret-text\"]'", "expected JSON"],
    ["answers without end", "yes secret-text", "could not be run"],
  ])("that %s is an error that shows nothing", async (_, script, why) => {
    await helper("bad", `export PATH=/usr/bin:/bin; ${script}`);
    const error = await find({ credsStore: "bad" }, "ghcr.io").catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: "unauthorized", message: expect.stringContaining(why) as string });
    expect(inspect(error)).not.toContain("secret-text");
  });

  it("that is not installed is named", async () => {
    await expect(find({ credsStore: "absent" }, "ghcr.io")).rejects.toMatchObject({
      code: "unauthorized",
      hint: expect.stringContaining("docker-credential-absent") as string,
    });
  });

  it.each(["../../bin/sh", "a b", "x;y", "-h"])("is never run by the name %j", async (name) => {
    await expect(find({ credsStore: name }, "ghcr.io")).rejects.toThrow("expected a program name");
  });

  it("is stopped by the signal", async () => {
    await helper("slow", "exec sleep 60");
    const controller = new AbortController();
    const file = await fileWith({ credsStore: "slow" });
    const credentials = dockerCredentials({ files: [file], environment: { PATH: `${dir}:/usr/bin:/bin` } });
    const asked = credentials.find("ghcr.io", "a", controller.signal);
    controller.abort();
    await expect(asked).rejects.toMatchObject({ code: "unauthorized" });
  });
});
