import { once } from "node:events";
import { type IncomingMessage, type RequestListener, type Server, createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Front, openFront } from "./front.ts";

const servers: Server[] = [];

async function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const port = await listen(() => undefined);
  const server = servers.pop()!;
  server.close();
  await once(server, "close");
  return port;
}

describe("a front", () => {
  let front: Front;
  let port: number;
  beforeEach(async () => {
    front = openFront("web");
    port = await freePort();
    await front.listenAlso([{ host: "127.0.0.1", port }]);
  });
  afterEach(async () => {
    await front[Symbol.asyncDispose]();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const ask = async (path = "/") => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return `${answer.status} ${(await answer.text()).trim()}`;
  };

  it("says which service is not running", async () => {
    expect(await ask()).toBe("503 web is not running");
    front.switchTo(await freePort());
    expect(await ask()).toMatch(/^502 web does not answer: /);
  });

  it("lets a request that has begun end where it began, and tells when the last has", async () => {
    const gate = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const old = await listen((_, response) => {
      began.resolve();
      void gate.promise.then(() => response.end("old"));
    });
    const young = await listen((_, response) => void response.end("young"));
    front.switchTo(old);
    const slow = ask();
    await began.promise;
    front.switchTo(young);
    expect(await ask()).toBe("200 young");
    let isDrained = false;
    const drained = front.drained(old).then(() => (isDrained = true));
    await wait(20);
    expect(isDrained).toBe(false);
    gate.resolve();
    expect(await slow).toBe("200 old");
    await drained;
    await front.drained(old);
  });

  it("moves clients over that keep their connection", async () => {
    const first = await listen((_, response) => void response.end("first"));
    const second = await listen((_, response) => void response.end("second"));
    front.switchTo(first);
    expect(await ask()).toBe("200 first");
    front.switchTo(second);
    expect(await ask()).toBe("200 second");
  });

  it("passes bodies and streams on as they come", async () => {
    const echo = await listen((incoming, response) => void incoming.pipe(response));
    front.switchTo(echo);
    const asked = request({ host: "127.0.0.1", port, method: "POST" });
    asked.write("one");
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    const [chunk] = (await once(answer, "data")) as [Buffer];
    expect(chunk.toString()).toBe("one");
    asked.end("two");
    const [rest] = (await once(answer, "data")) as [Buffer];
    expect(rest.toString()).toBe("two");
  });

  it("passes connections on that become something else", async () => {
    const target = await listen(() => undefined);
    servers.at(-1)!.on("upgrade", (_, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
      socket.pipe(socket);
    });
    front.switchTo(target);
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: web\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    const [head] = (await once(socket, "data")) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 101 /);
    socket.write("hello");
    const [said] = (await once(socket, "data")) as [Buffer];
    expect(said.toString()).toBe("hello");
    socket.destroy();
  });

  it("says where something else listens, and keeps what it had", async () => {
    const taken = await listen(() => undefined);
    const addresses = [
      { host: "127.9.9.9", port },
      { host: "127.0.0.1", port: taken },
    ];
    await expect(front.listenAlso(addresses)).rejects.toMatchObject({
      code: "target",
      message: `web: 127.0.0.1:${taken}: something else listens there`,
      hint: expect.stringContaining("another port") as unknown,
    });
    await expect(fetch(`http://127.9.9.9:${port}/`)).rejects.toThrow("fetch failed");
    expect(await ask()).toBe("503 web is not running");
  });
});
