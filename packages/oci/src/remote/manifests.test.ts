import { describe, expect, it } from "vitest";
import { digestOf, MediaType, referrersTag } from "../index.ts";
import { remoteRepository } from "./index.ts";
import type { Descriptor, Repository } from "../index.ts";
import { serve, TestClock } from "./testing-server.ts";
import type { Answer, TestServer } from "./testing-server.ts";

const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: { mediaType: MediaType.empty, digest: digestOf("{}"), size: 2 },
    layers: [],
  }),
);
const target: Descriptor = {
  mediaType: MediaType.manifest,
  digest: digestOf(manifest),
  size: manifest.length,
};
const type = { "content-type": MediaType.manifest };

function open(server: TestServer): Repository {
  return remoteRepository({ registry: server.host, repository: "acme/app" }, { clock: new TestClock() });
}

describe("resolve", () => {
  it("asks by HEAD, which counts against no pull limit", async () => {
    await using server = await serve((_, response) => {
      const headers = { ...type, "docker-content-digest": target.digest, "content-length": "300" };
      response.writeHead(200, headers).end();
    });
    expect(await open(server).resolve("v1")).toEqual({ ...target, size: 300 });
    expect(server.lines()).toEqual(["HEAD /v2/acme/app/manifests/v1"]);
    expect(server.seen[0]!.headers.accept).toContain(MediaType.index);
    expect(server.seen[0]!.headers.accept).toContain(MediaType.dockerManifest);
  });

  it.each([
    ["leaves the digest out", 200],
    ["does not take HEAD", 405],
  ])("reads the manifest where the registry %s", async (_, toHead) => {
    await using server = await serve(({ method }, response) => {
      if (method === "HEAD") response.writeHead(toHead, type).end();
      else response.writeHead(200, type).end(manifest);
    });
    expect(await open(server).resolve("v1")).toEqual(target);
  });

  it("finds nothing behind a 404", async () => {
    await using server = await serve((_, response) => void response.writeHead(404).end());
    expect(await open(server).resolve("v1")).toBeUndefined();
  });

  it.each([
    ["text/html; charset=utf-8", "expected a manifest, found text/html"],
    [
      "application/vnd.docker.distribution.manifest.v1+prettyjws",
      "found application/vnd.docker.distribution.manifest.v1",
    ],
  ])("refuses %s", async (contentType, why) => {
    await using server = await serve((_, response) => {
      const headers = {
        "content-type": contentType,
        "docker-content-digest": target.digest,
        "content-length": "5",
      };
      response.writeHead(200, headers).end();
    });
    await expect(open(server).resolve("v1")).rejects.toMatchObject({
      code: "registry",
      message: expect.stringContaining(why) as string,
    });
  });

  it("refuses another digest than the one it asked for", async () => {
    await using server = await serve((_, response) => {
      const headers = { ...type, "docker-content-digest": digestOf("other"), "content-length": "5" };
      response.writeHead(200, headers).end();
    });
    await expect(open(server).resolve(target.digest)).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  it("refuses names that could be another path", async () => {
    await using server = await serve((_, response) => void response.end());
    for (const reference of ["../../blobs/x", "a/b", "a?b", "a#b", "%2e%2e"]) {
      await expect(open(server).resolve(reference)).rejects.toMatchObject({ code: "invalid-reference" });
    }
    expect(server.seen).toEqual([]);
  });
});

describe("open of a manifest", () => {
  it("refuses other bytes", async () => {
    await using server = await serve((_, response) => void response.writeHead(200, type).end("{}"));
    await expect(open(server).open(target)).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  it("refuses more than four megabytes, announced or not", async () => {
    const huge = Buffer.alloc(5 * 1024 * 1024, " ");
    const announced: Answer = (_, response) =>
      void response.writeHead(200, { ...type, "content-length": String(huge.length) }).end(huge);
    const silent: Answer = (_, response) => {
      response.writeHead(200, type).write(huge);
      response.end();
    };
    for (const answer of [announced, silent]) {
      await using server = await serve(answer);
      await expect(open(server).open(target)).rejects.toMatchObject({ code: "too-large" });
    }
  });

  it("waits for what it has put itself and the registry does not know yet", async () => {
    let asked = 0;
    await using server = await serve(({ method }, response) => {
      if (method === "PUT") {
        response.writeHead(201).end();
        return;
      }
      asked += 1;
      if (asked < 3) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, type).end(manifest);
    });
    const store = open(server);
    await store.put(target, [manifest]);
    await store.tag(target, "v1");
    expect(asked).toBe(3);
    expect(server.lines().at(-1)).toBe("PUT /v2/acme/app/manifests/v1");
    await expect(store.open({ ...target, digest: digestOf("never put") })).rejects.toMatchObject({
      code: "digest-mismatch",
    });
  });
});

describe("errors", () => {
  it.each([
    [404, "NAME_UNKNOWN", "not-found"],
    [403, "DENIED", "unauthorized"],
    [400, "MANIFEST_INVALID", "registry"],
    [413, "SIZE_INVALID", "registry"],
  ])("say where, the status %i and the registry's own words", async (status, code, ours) => {
    await using server = await serve((_, response) => {
      const body = { errors: [{ code, message: "because\nof\u0007this", detail: {} }] };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await expect(open(server).put(target, [manifest])).rejects.toMatchObject({
      name: "OciError",
      code: ours,
      message: `PUT ${server.host}/v2/acme/app/manifests/${target.digest}: ${status} ${code} because of this`,
    });
  });

  it.each([
    ["a page of HTML", "text/html", "<html>no</html>"],
    ["broken JSON", "application/json", '{"errors":[{"code":'],
    ["JSON of another shape", "application/json", '{"errors":"x"}'],
    ["more than 64 KiB", "application/json", JSON.stringify({ errors: [{ code: "X".repeat(70_000) }] })],
    ["nothing", "application/json", ""],
  ])("keep to the status where the body is %s", async (_, contentType, body) => {
    await using server = await serve((_seen, response) => {
      response.writeHead(400, { "content-type": contentType }).end(body);
    });
    await expect(open(server).tags()).rejects.toMatchObject({
      message: `GET ${server.host}/v2/acme/app/tags/list: 400`,
    });
  });

  it.each([
    ["a line of text", "404 page not found", "404 page not found"],
    ["JSON", '{"errors":[{"code":"DENIED","message":"no"}]}', "DENIED no"],
  ])("repeat plain text that is %s", async (_, body, words) => {
    await using server = await serve((_seen, response) => {
      response.writeHead(400, { "content-type": "text/plain; charset=utf-8" }).end(body);
    });
    await expect(open(server).tags()).rejects.toThrow(
      `GET ${server.host}/v2/acme/app/tags/list: 400 ${words}`,
    );
  });

  it("say that a registry does not delete, also by a code of the specification", async () => {
    await using refusing = await serve((_, response) => {
      response
        .writeHead(400)
        .end('{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}');
    });
    await expect(open(refusing).untag("v1")).rejects.toMatchObject({
      code: "registry",
      hint: expect.stringContaining("allow deletion there") as string,
    });
    await using server = await serve(
      ({ method }, response) => void response.writeHead(method === "DELETE" ? 405 : 404).end(),
    );
    await expect(open(server).untag("v1")).rejects.toMatchObject({
      code: "registry",
      message: `DELETE ${server.host}/v2/acme/app/manifests/v1: 405, the registry does not delete`,
    });
  });
});

describe("tags", () => {
  it("follow the pages, sorted, without those that hold referrers", async () => {
    await using server = await serve(({ url }, response) => {
      const last = new URL(url, "http://x").searchParams.get("last");
      if (last !== null) {
        response.end(JSON.stringify({ name: "acme/app", tags: ["a", "b", "b"] }));
        return;
      }
      const link = '</v2/acme/app/tags/list?n=2&last=z>; rel="next"';
      response.writeHead(200, { link }).end(JSON.stringify({ tags: ["z", referrersTag(target.digest)] }));
    });
    expect(await open(server).tags()).toEqual(["a", "b", "z"]);
  });

  it.each([
    ["null", '{"name":"x","tags":null}'],
    ["missing", '{"name":"x"}'],
  ])("are none where the list is %s", async (_, body) => {
    await using server = await serve((_seen, response) => void response.end(body));
    expect(await open(server).tags()).toEqual([]);
  });

  it.each([
    ["goes in a circle", "/v2/acme/app/tags/list?n=1000", "is one that was read before"],
    ["leads elsewhere", "http://127.0.0.1:1/v2/acme/app/tags/list", "is at another host"],
  ])("are not followed where the list %s", async (_, to, why) => {
    await using server = await serve((_seen, response) => {
      response.writeHead(200, { link: `<${to}>; rel="next"` }).end('{"tags":["a"]}');
    });
    await expect(open(server).tags()).rejects.toMatchObject({
      code: "registry",
      message: expect.stringContaining(why) as string,
    });
  });

  it("are not followed without end", async () => {
    let page = 0;
    await using server = await serve((_seen, response) => {
      page += 1;
      const link = `</v2/acme/app/tags/list?last=${page}>; rel=next`;
      response.writeHead(200, { link }).end(JSON.stringify({ tags: [`t${page}`] }));
    });
    await expect(open(server).tags()).rejects.toThrow("more than 1000");
    expect(page).toBe(1000);
  });

  it("are refused where one is no text", async () => {
    await using server = await serve((_seen, response) => void response.end('{"tags":["a",5]}'));
    await expect(open(server).tags()).rejects.toMatchObject({
      code: "registry",
      message: `GET ${server.host}/v2/acme/app/tags/list: tags[1]: expected a string, found 5`,
    });
  });
});

describe("remoteRepository", () => {
  it.each(["Acme/App", "../etc", "a//b", "", "a b"])("refuses the repository %j", (repository) => {
    expect(() => remoteRepository({ registry: "r.example", repository })).toThrow(
      expect.objectContaining({ code: "invalid-reference" }) as Error,
    );
  });

  it.each(["", "a/b", "user@host", "host:port", "host:5000/x", "ho st", "http://host"])(
    "refuses the registry %j",
    (registry) => {
      expect(() => remoteRepository({ registry, repository: "a" })).toThrow(
        expect.objectContaining({ code: "invalid-reference" }) as Error,
      );
    },
  );
});
