import type { ServerResponse } from "node:http";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { digestOf, MediaType, Secret } from "../index.ts";
import { fixedCredential, remoteRepository } from "./index.ts";
import type { Descriptor } from "../index.ts";
import type { Credential } from "./index.ts";
import { serve, TestClock } from "./testing-server.ts";
import type { Seen, TestServer } from "./testing-server.ts";

const blob: Descriptor = { mediaType: MediaType.octets, digest: digestOf("x"), size: 1 };
const PASSWORD = "correct horse";
const basic: Credential = { kind: "basic", username: "ada", password: new Secret(PASSWORD) };

/** A registry with its token service beside it; a token is the scopes it is for and a number. */
async function tokenRegistry(
  options: { readonly life?: number; readonly scope?: string; readonly refuse?: boolean } = {},
): Promise<TestServer> {
  let issued = 0;
  const accepted = new Set<string>();
  const server = await serve((request, response) => {
    const url = new URL(request.url, "http://x");
    if (url.pathname === "/token") {
      if (options.refuse === true) {
        response.writeHead(401).end();
        return;
      }
      issued += 1;
      const token = `t${issued}`;
      accepted.clear();
      accepted.add(`Bearer ${token}`);
      {
        response.end(JSON.stringify({ token, expires_in: options.life ?? 300 }));
        return;
      }
    }
    if (accepted.has(request.headers.authorization ?? "")) {
      response.writeHead(200).end();
      return;
    }
    challenge(server, response, options.scope ?? "repository:acme/app:pull");
  });
  return server;
}

function challenge(server: TestServer, response: ServerResponse, scope: string): void {
  const realm = `http://${server.host}/token`;
  response
    .writeHead(401, { "www-authenticate": `Bearer realm="${realm}",service="reg",scope="${scope}"` })
    .end();
}

function tokenRequests(server: TestServer): Seen[] {
  return server.seen.filter(({ url }) => url.startsWith("/token"));
}

function open(server: TestServer, credential?: Credential, clock = new TestClock()) {
  return remoteRepository(
    { registry: server.host, repository: "acme/app" },
    { clock, ...(credential === undefined ? {} : { credentials: fixedCredential(credential) }) },
  );
}

describe("tokens", () => {
  it("are fetched anonymously where there are no credentials, once for many requests", async () => {
    await using server = await tokenRegistry();
    const store = open(server);
    await Promise.all([1, 2, 3, 4].map(() => store.has(blob)));
    await store.has(blob);
    const asked = tokenRequests(server);
    expect(asked).toHaveLength(1);
    const query = new URL(asked[0]!.url, "http://x").searchParams;
    expect([...query]).toEqual([
      ["service", "reg"],
      ["scope", "repository:acme/app:pull"],
    ]);
    expect(asked[0]!.headers.authorization).toBeUndefined();
  });

  it("are sent along unasked after the first challenge", async () => {
    await using server = await tokenRegistry();
    const store = open(server);
    await store.has(blob);
    await store.has(blob);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      "Bearer t1",
      "Bearer t1",
    ]);
  });

  it("are fetched with name and password", async () => {
    await using server = await tokenRegistry();
    await open(server, basic).has(blob);
    const [asked] = tokenRequests(server);
    const expected = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString("base64")}`;
    expect(asked?.headers.authorization).toBe(expected);
    expect(new URL(asked!.url, "http://x").searchParams.get("account")).toBe("ada");
    const registry = server.seen.filter(({ url }) => !url.startsWith("/token"));
    expect(registry.every(({ headers }) => !(headers.authorization ?? "").startsWith("Basic"))).toBe(true);
  });

  it("are exchanged for an identity token by POST", async () => {
    await using server = await tokenRegistry();
    await open(server, { kind: "identity-token", token: new Secret("refresh") }).has(blob);
    const [asked] = tokenRequests(server);
    expect(asked?.method).toBe("POST");
    expect(Object.fromEntries(new URLSearchParams(asked?.body.toString()))).toEqual({
      grant_type: "refresh_token",
      refresh_token: "refresh",
      client_id: "seaworthy",
      service: "reg",
      scope: "repository:acme/app:pull",
    });
  });

  it("are asked for anew for other rights", async () => {
    await using server = await tokenRegistry();
    const store = open(server);
    await store.has(blob);
    await store.delete(blob).catch(() => {});
    const scopes = tokenRequests(server).map(({ url }) => new URL(url, "http://x").searchParams.get("scope"));
    expect(scopes).toEqual(["repository:acme/app:pull", "repository:acme/app:delete,pull"]);
  });

  it("carry what the registry names beyond what was asked for", async () => {
    await using server = await tokenRegistry({ scope: "repository:acme/app:pull repository:base:pull" });
    const store = open(server);
    await store.has(blob);
    await store.has(blob);
    const asked = tokenRequests(server).map(({ url }) =>
      new URL(url, "http://x").searchParams.getAll("scope"),
    );
    expect(asked).toEqual([["repository:acme/app:pull", "repository:base:pull"]]);
  });

  it("are fetched again before they run out", async () => {
    await using server = await tokenRegistry({ life: 100 });
    const clock = new TestClock();
    const store = open(server, undefined, clock);
    await store.has(blob);
    clock.pass(80_000);
    await store.has(blob);
    expect(tokenRequests(server)).toHaveLength(1);
    clock.pass(15_000);
    await store.has(blob);
    expect(tokenRequests(server)).toHaveLength(2);
    expect(
      server.seen.filter(({ url }) => !url.startsWith("/token")).map((one) => one.headers.authorization),
    ).toEqual([undefined, "Bearer t1", "Bearer t1", "Bearer t2"]);
  });

  it("are replaced once where the registry has stopped taking one", async () => {
    let good = "t1";
    let issued = 0;
    await using server: TestServer = await serve((request, response) => {
      if (request.url.startsWith("/token")) {
        response.end(JSON.stringify({ access_token: `t${++issued}` }));
        return;
      }
      if (request.headers.authorization === `Bearer ${good}`) {
        response.writeHead(200).end();
        return;
      }
      challenge(server, response, "repository:acme/app:pull");
    });
    const store = open(server);
    expect(await store.has(blob)).toBe(true);
    good = "t2";
    expect(await store.has(blob)).toBe(true);
    good = "never";
    await expect(store.has(blob)).rejects.toMatchObject({ code: "unauthorized" });
    expect(issued).toBe(3);
  });
});

describe("a token that is refused while a blob is under way", () => {
  it.each([
    ["after the body was read", false],
    ["before the body was read", true],
  ])("is replaced and the blob sent again, where the 401 comes %s", async (_, early) => {
    const content = Buffer.alloc(20_000_000, "x");
    let issued = 0;
    await using server: TestServer = await serve(
      (request, response) => {
        if (request.url.startsWith("/token")) response.end(JSON.stringify({ token: `t${++issued}` }));
        else if (request.headers.authorization === undefined)
          challenge(server, response, "repository:acme/app:pull,push");
        else if (request.method === "HEAD") response.writeHead(404).end();
        else if (request.method === "POST") response.writeHead(202, { location: "/v2/upload" }).end();
        else if (request.headers.authorization === "Bearer t1")
          challenge(server, response, "repository:acme/app:pull,push");
        else response.writeHead(request.body.length === content.length ? 201 : 400).end();
      },
      ({ method, headers }) => early && method === "PUT" && headers.authorization === "Bearer t1",
    );
    const target = { mediaType: MediaType.octets, digest: digestOf(content), size: content.length };
    await open(server).put(target, [content.subarray(0, 9_000_000), content.subarray(9_000_000)]);
    expect(server.lines().filter((line) => line.startsWith("PUT")).length).toBeGreaterThan(1);
    expect(issued).toBe(2);
  });
});

describe("a registry with Basic authentication", () => {
  const serveBasic = (): Promise<TestServer> =>
    serve(({ headers }, response) => {
      const expected = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString("base64")}`;
      if (headers.authorization === expected) response.writeHead(200).end();
      else response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
    });

  it("is sent name and password once it asks, and then unasked", async () => {
    await using server = await serveBasic();
    const store = open(server, basic);
    expect(await store.has(blob)).toBe(true);
    expect(await store.has(blob)).toBe(true);
    expect(server.seen).toHaveLength(3);
    expect(server.seen[0]!.headers.authorization).toBeUndefined();
  });

  it("is told from one that is down: the error says how to log in", async () => {
    await using server = await serveBasic();
    await expect(open(server).has(blob)).rejects.toMatchObject({
      code: "unauthorized",
      message: `HEAD ${server.host}/v2/acme/app/blobs/${blob.digest}: 401`,
      hint: `run "seaworthy login ${server.host}"; some registries answer the same where a repository does not exist`,
    });
  });

  it("is not asked a second time with what it refused", async () => {
    await using server = await serveBasic();
    const wrong: Credential = { kind: "basic", username: "ada", password: new Secret("wrong") };
    await expect(open(server, wrong).has(blob)).rejects.toMatchObject({
      code: "unauthorized",
      hint: expect.stringContaining("wrong or have expired") as string,
    });
    expect(server.seen).toHaveLength(2);
  });
});

describe("secrets", () => {
  it("appear in no error, whatever a registry answers", async () => {
    await using server = await serve(({ headers }, response) => {
      if (headers.authorization === undefined) {
        {
          response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
          return;
        }
      }
      const jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2ln";
      const message = `token ${headers.authorization} and ${jwt} at https://cdn.example/x?sig=topsecret\u001b[2J`;
      response.writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: [{ code: "DENIED", message }] }));
    });
    const error = await open(server, basic)
      .tags()
      .catch((reason: unknown) => reason as Error);
    expect(String(error)).toContain(
      "403 DENIED token Basic [redacted] and [redacted] at https://cdn.example/x?[redacted]",
    );
    expect(String(error)).not.toMatch(/topsecret|eyJ/);
    expect(String(error)).not.toContain("\u001b");
    expect(JSON.stringify(error)).not.toContain(PASSWORD);
  });

  it.each([400, 401, 403, 404, 409, 412, 413, 429, 500, 503])(
    "appear in no error where an answer %i repeats all that was sent",
    async (status) => {
      const token = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";
      await using server: TestServer = await serve((request, response) => {
        if (request.url.startsWith("/token")) response.end(JSON.stringify({ token }));
        else if (request.headers.authorization === undefined) challenge(server, response, "x");
        else {
          const message = `${token}; ada:${PASSWORD}; ${encodeURIComponent(PASSWORD)}; ${JSON.stringify(request.headers)}`;
          response.writeHead(status, { "content-type": "application/json" });
          response.end(JSON.stringify({ errors: [{ code: token, message }] }));
        }
      });
      const store = open(server, basic);
      const manifest = { mediaType: MediaType.index, digest: digestOf("{}"), size: 2 };
      const works = [
        () => store.resolve("v1"),
        () => store.tags(),
        () => store.referrers(digestOf("x")),
        () => store.open(blob),
        () => store.open(manifest),
        () => store.put(blob, [Buffer.from("x")]),
        () => store.delete(blob),
      ];
      const ends = await Promise.allSettled(works.map((work) => work()));
      const shown = inspect(ends, { depth: 9 });
      expect(shown).toContain(`: ${status}`);
      expect(shown).not.toContain(token);
      expect(shown).not.toContain(PASSWORD);
      expect(shown).not.toContain(encodeURIComponent(PASSWORD));
    },
  );

  it("are not sent to a token service without TLS on another host", async () => {
    await using server = await serve((_, response) => {
      const header = 'Bearer realm="http://tokens.example/token",service="x"';
      response.writeHead(401, { "www-authenticate": header }).end();
    });
    await expect(open(server, basic).has(blob)).rejects.toMatchObject({
      code: "unauthorized",
      message: `${server.host}: refused its token service: expected https, found http://tokens.example`,
    });
  });

  it.each([
    ["file:///etc/passwd", "expected https"],
    ["not an address", "expected an address as realm"],
    ["https://user:pass@tokens.example/", "the realm carries credentials"],
  ])("are not sent to the realm %s", async (realm, why) => {
    await using server = await serve((_, response) => {
      response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}"` }).end();
    });
    await expect(open(server, basic).has(blob)).rejects.toThrow(why);
  });

  it.each([
    ["no JSON", "secret-token"],
    ["a list", '["secret-token"]'],
    ["a token of another kind", '{"token":{"is":"secret-token"}}'],
    ["a token no header can carry", '{"token":"secret-token\\r\\nx: y"}'],
  ])("of a token service that answers with %s are not shown", async (_, body) => {
    await using server: TestServer = await serve(({ url }, response) => {
      if (url.startsWith("/token")) response.end(body);
      else challenge(server, response, "repository:acme/app:pull");
    });
    const error = await open(server)
      .has(blob)
      .catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({
      code: "registry",
      message: `GET ${server.host}/token: expected JSON with a token`,
    });
    expect(inspect(error)).not.toContain("secret-token");
  });

  it("are named as refused where the token service refuses them", async () => {
    await using server = await tokenRegistry({ refuse: true });
    await expect(open(server, basic).has(blob)).rejects.toMatchObject({
      code: "unauthorized",
      message: `GET ${server.host}/token: 401`,
    });
  });
});
