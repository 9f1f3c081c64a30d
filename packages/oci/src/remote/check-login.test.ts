import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "../index.ts";
import { checkLogin } from "./index.ts";
import type { Credential } from "./index.ts";
import { serve, TestClock } from "./testing-server.ts";
import type { TestServer } from "./testing-server.ts";

const good: Credential = { kind: "basic", username: "ada", password: new Secret("correct horse") };
const bad: Credential = { kind: "basic", username: "ada", password: new Secret("battery staple") };
const header = `Basic ${Buffer.from("ada:correct horse").toString("base64")}`;

const basicRegistry = (): Promise<TestServer> =>
  serve(({ headers }, response) => {
    if (headers.authorization === header) response.writeHead(200).end("{}");
    else response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end(headers.authorization);
  });

/** @param refusal what the token service answers to wrong credentials */
async function tokenRegistry(refusal: number): Promise<TestServer> {
  const server = await serve(({ url, headers }, response) => {
    const challenge = `Bearer realm="http://${server.host}/token",service="reg"`;
    if (url.startsWith("/token") && headers.authorization === header) response.end('{"token":"t1"}');
    else if (url.startsWith("/token")) response.writeHead(refusal).end(headers.authorization);
    else if (headers.authorization === "Bearer t1") response.writeHead(200).end("{}");
    else response.writeHead(401, { "www-authenticate": challenge }).end();
  });
  return server;
}

const check = (server: TestServer, credential: Credential): Promise<boolean> =>
  checkLogin(server.host, credential, { clock: new TestClock() });

describe("checkLogin", () => {
  it.each([
    ["with Basic authentication", basicRegistry],
    ["with tokens", () => tokenRegistry(401)],
  ])("is true at a registry %s that takes the credential", async (_, start) => {
    await using server = await start();
    expect(await check(server, good)).toBe(true);
  });

  it.each([
    ["a registry", basicRegistry, 401],
    ["a token service with 401", () => tokenRegistry(401), 401],
    ["a token service with 403", () => tokenRegistry(403), 403],
  ])("fails with the answer of %s that refuses it", async (_, start, status) => {
    await using server = await start();
    const error = await check(server, bad).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({
      code: "unauthorized",
      message: expect.stringContaining(`: ${status}`) as string,
    });
    expect(inspect(error)).not.toMatch(/battery|YWRh/);
  });

  it("is false at a registry that asks nobody", async () => {
    await using server = await serve((_, response) => void response.end("{}"));
    expect(await check(server, bad)).toBe(false);
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it("fails where there is no registry", async () => {
    await using server = await serve((_, response) => void response.writeHead(404).end());
    await expect(check(server, good)).rejects.toMatchObject({ code: "not-found" });
  });

  it("asks again where the registry is unwell", async () => {
    let asked = 0;
    await using server = await serve((_, response) => void response.writeHead(++asked < 3 ? 503 : 200).end());
    expect(await check(server, good)).toBe(false);
  });
});
