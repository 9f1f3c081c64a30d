import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { registryAgent, remoteRepository } from "./index.ts";
import { serve, TestClock } from "./testing-server.ts";

let proxy: ReturnType<typeof createServer>;
let address: string;
let asked: string[];
let status: number;
beforeEach(async () => {
  asked = [];
  status = 407;
  proxy = createServer().on("connect", ({ url, headers }, socket) => {
    asked.push(`${url} ${headers["proxy-authorization"] ?? "nobody"}`);
    socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => proxy.close(resolve)));

const tagsOf = (registry: string, env: Record<string, string>) =>
  remoteRepository(
    { registry, repository: "a" },
    { http: registryAgent(env), clock: new TestClock() },
  ).tags();

it.each(["HTTPS_PROXY", "https_proxy"])("asks registries through %s, as whom it names", async (name) => {
  await expect(tagsOf("registry.example", { [name]: `http://ada:pw@${address}` })).rejects.toMatchObject({
    code: "network",
    retryable: false,
    message: "GET registry.example/v2/a/tags/list: the proxy answered 407 (registry.example:443)",
    hint: "check HTTPS_PROXY, its credentials and NO_PROXY",
  });
  expect(asked).toEqual([`registry.example:443 Basic ${Buffer.from("ada:pw").toString("base64")}`]);
});

it("asks again where the proxy is unwell", async () => {
  status = 503;
  await expect(tagsOf("registry.example", { HTTPS_PROXY: `http://${address}` })).rejects.toThrow(
    "answered 503",
  );
  expect(asked).toHaveLength(5);
});

it("asks a registry on this machine itself", async () => {
  await using server = await serve((_, response) => void response.end('{"tags":["v1"]}'));
  const env = { http_proxy: `http://${address}`, HTTPS_PROXY: `http://${address}` };
  expect(await tagsOf(server.host, env)).toEqual(["v1"]);
  expect(asked).toEqual([]);
});

it("asks what NO_PROXY names itself", async () => {
  const env = { HTTPS_PROXY: `http://${address}`, NO_PROXY: ".invalid" };
  await expect(tagsOf("registry.invalid", env)).rejects.toMatchObject({ code: "network" });
  expect(asked).toEqual([]);
});
