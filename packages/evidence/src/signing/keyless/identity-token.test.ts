import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ciIdentityToken } from "./identity-token.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function github(status: number, body: string) {
  const asked: IncomingMessage[] = [];
  server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((listening) => server!.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2`;
  return {
    asked,
    token: ciIdentityToken({ ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "s3cr3t" })!,
  };
}

describe("the identity token of a CI run", () => {
  it("is asked of GitHub, for sigstore", async () => {
    const { asked, token } = await github(200, '{"value":"a.b.c"}');
    expect((await token()).reveal()).toBe("a.b.c");
    expect(asked[0]?.url).toBe("/token?api-version=2&audience=sigstore");
    expect(asked[0]?.headers.authorization).toBe("Bearer s3cr3t");
  });

  it("is what SIGSTORE_ID_TOKEN holds", async () => {
    const token = ciIdentityToken({ SIGSTORE_ID_TOKEN: "a.b.c\n" })!;
    expect((await token()).reveal()).toBe("a.b.c");
  });

  it("is not there where nobody offers one", () => {
    expect(ciIdentityToken({})).toBeUndefined();
    expect(ciIdentityToken({ SIGSTORE_ID_TOKEN: "" })).toBeUndefined();
  });

  it.each<[string, number, string, string, RegExp]>([
    ["a job without the permission", 403, "{}", "identity-token", /: 403$/],
    ["an answer that is not JSON", 200, "s3cr3t", "identity-token", /holds no token$/],
    ["an answer without a token", 200, "null", "identity-token", /holds no token$/],
    ["an answer without end", 200, `"${"x".repeat(70_000)}"`, "identity-token", /holds no token$/],
  ])("says what is wrong with %s, and no secret", async (_, status, body, code, message) => {
    const { token } = await github(status, body);
    const error = await token().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain("s3cr3t");
  });

  it("may come later where nobody answers", async () => {
    const { token } = await github(200, "");
    server!.close();
    server = undefined;
    await expect(token()).rejects.toMatchObject({ code: "signing-unavailable", retryable: true });
  });
});
