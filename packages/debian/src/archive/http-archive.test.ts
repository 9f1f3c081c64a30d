import { once } from "node:events";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { Secret } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClock } from "../../../oci/src/remote/testing-server.ts";
import { FakeArchive } from "../../test/fake-archive.ts";
import type { DebianEvent } from "./archive.ts";
import { HttpArchive } from "./http-archive.ts";

const SIGNAL = new AbortController().signal;
let archive: FakeArchive;

beforeEach(async () => {
  archive = await new FakeArchive().start();
});
afterEach(() => archive.stop());

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("an archive over http", () => {
  it("sends npm credentials to the place they are for and nowhere else", async () => {
    for (const path of ["/npm/a", "/npm-other/b", "/debian/c"]) archive.files.set(path, Buffer.from("x"));
    const npmAuthorization = new Map([[`${archive.host}/npm/`, new Secret("Bearer t0ken")]]);
    for (const [root, name, path] of [
      ["npm", "npm", "a"],
      ["npm-other", "npm", "b"],
      ["debian", "debian", "c"],
    ] as const) {
      const mirrors = {
        debian: [`http://${archive.host}/${root}`],
        debianSecurity: [],
        npm: [`http://${archive.host}/${root}`],
        npmAuthorization,
      };
      const http = new HttpArchive(mirrors);
      await http.read({ archive: name, path }, text, SIGNAL);
      await http.close();
    }
    expect(archive.headers.map(({ authorization }) => authorization)).toEqual([
      "Bearer t0ken",
      undefined,
      undefined,
    ]);
  });

  it("reaches mirrors through the proxy it is given, but for hosts the proxy is not for", async () => {
    archive.files.set("/debian/a", Buffer.from("through"));
    const seen: string[] = [];
    const proxy = createServer((request, response) => {
      const target = new URL(request.url ?? "");
      seen.push(target.host);
      get(target, (answer) => void answer.pipe(response.writeHead(answer.statusCode ?? 500)));
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    for (const noProxy of ["", "127.0.0.1"]) {
      const http = new HttpArchive({ ...archive.mirrors, proxy: { http: url, noProxy } });
      expect(await http.read({ archive: "debian", path: "a" }, text, SIGNAL)).toBe("through");
      await http.close();
    }
    proxy.closeAllConnections();
    proxy.close();
    expect(seen).toEqual([archive.host]);
  });

  it("does not follow a redirect from https to http, nor an endless chain", async () => {
    archive.answers.set("/debian/a", (_, response) =>
      response.writeHead(302, { location: "/debian/a" }).end(),
    );
    archive.answers.set("/debian/b", (_, response) =>
      response.writeHead(302, { location: "file:///etc/passwd" }).end(),
    );
    const http = new HttpArchive(archive.mirrors);
    await expect(http.read({ archive: "debian", path: "a" }, text, SIGNAL)).rejects.toMatchObject({
      code: "archive-unavailable",
      message: expect.stringContaining("more than 5 redirects"),
    });
    await expect(http.read({ archive: "debian", path: "b" }, text, SIGNAL)).rejects.toMatchObject({
      code: "archive-unavailable",
      message: expect.stringContaining("expected a redirect to https"),
    });
    await http.close();
  });

  it("passes an error of its reader on at once, without asking again", async () => {
    archive.files.set("/debian/a", Buffer.alloc(1 << 20));
    const http = new HttpArchive({
      ...archive.mirrors,
      debian: [...archive.mirrors.debian, ...archive.mirrors.debian],
    });
    const own = new Error("disk full");
    const consume = async (body: AsyncIterable<Uint8Array>) => {
      for await (const chunk of body) if (chunk.length > 0) throw own;
    };
    await expect(http.read({ archive: "debian", path: "a" }, consume, SIGNAL)).rejects.toBe(own);
    await http.close();
    expect(archive.requests).toEqual(["/debian/a"]);
  });

  it.each([408, 425, 429, 500, 503])(
    "asks a mirror again that answers %i, when it wants to be asked",
    async (status) => {
      archive.files.set("/debian/a", Buffer.from("content"));
      archive.answers.set("/debian/a", (_, response) => {
        archive.answers.delete("/debian/a");
        response.writeHead(status, { "retry-after": "7" }).end();
      });
      const clock = new TestClock();
      const events: DebianEvent[] = [];
      const http = new HttpArchive(archive.mirrors, { clock, events: (event) => events.push(event) });
      expect(await http.read({ archive: "debian", path: "a" }, text, SIGNAL)).toBe("content");
      await http.close();
      expect(clock.slept).toEqual([7300]);
      expect(events).toMatchObject([{ kind: "retry", next: "again in 7300 ms" }]);
    },
  );

  it.each([400, 401, 403, 404, 501])("asks a mirror once that answers %i", async (status) => {
    archive.answers.set("/debian/a", (_, response) => response.writeHead(status).end());
    const clock = new TestClock();
    const http = new HttpArchive(archive.mirrors, { clock });
    await expect(http.read({ archive: "debian", path: "a" }, text, SIGNAL)).rejects.toMatchObject({
      code: "archive-unavailable",
    });
    await http.close();
    expect([archive.requests, clock.slept]).toEqual([["/debian/a"], []]);
  });

  it("is stopped while it waits", async () => {
    archive.answers.set("/debian/a", (_, response) => response.writeHead(503).end());
    const stop = new AbortController();
    const clock = new TestClock();
    clock.sleep = async () => stop.abort();
    const http = new HttpArchive(archive.mirrors, { clock });
    await expect(http.read({ archive: "debian", path: "a" }, text, stop.signal)).rejects.toMatchObject({
      name: "DebianError",
      code: "aborted",
    });
    await http.close();
  });

  it("says that no mirror is configured where there is none", async () => {
    const http = new HttpArchive({ debian: [], debianSecurity: [], npm: [] });
    await expect(http.read({ archive: "npm", path: "x/1.0.0" }, text, SIGNAL)).rejects.toMatchObject({
      code: "archive-unavailable",
      message: "x/1.0.0: no mirror delivered it: none is configured",
    });
  });
});
