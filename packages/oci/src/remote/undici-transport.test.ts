import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { remoteRepository } from "./index.ts";

it("asks a registry for many tags over few connections", async () => {
  let connections = 0;
  const server = createServer((_, response) => void response.writeHead(404).end());
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const repository = remoteRepository({ registry: `127.0.0.1:${port}`, repository: "app" });
  for (let tag = 0; tag < 20; tag += 1) expect(await repository.resolve(`v${tag}`)).toBeUndefined();
  expect(connections).toBeLessThan(5);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
