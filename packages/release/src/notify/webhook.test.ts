import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import { Secret } from "@seaworthy/oci";
import { type Answer, TestClock, serve } from "@seaworthy/oci/testing";
import { describe, expect, it } from "vitest";
import { receivePosts } from "../../test/http-receiver.ts";
import { FAILURE, SUCCESS, notifierContract } from "./notifier.contract.ts";
import { openNotifiers } from "./open.ts";
import type { WebhookConfig } from "./webhook.ts";

const { signal } = new AbortController();

/** What a program that takes it would show: all texts in it. */
function texts(value: unknown): string {
  if (Array.isArray(value)) return value.map(texts).join("\n");
  return typeof value === "object" && value !== null
    ? Object.values(value).map(texts).join("\n")
    : String(value);
}

notifierContract("webhook", async () => {
  const { server, taken, fail } = await receivePosts();
  const secret = "3f9a7cdd";
  const config: WebhookConfig = {
    kind: "webhook",
    url: new Secret(`http://${server.host}/in/${secret}?key=${secret}`),
    headers: { authorization: new Secret(`Token ${secret}`) },
    secret: new Secret(secret),
  };
  return {
    notifier: (tools) => openNotifiers(config, tools)[0]!,
    received: () => taken.map(({ body }) => texts(JSON.parse(body.toString()))),
    asked: () => server.seen.length,
    fail,
    secret,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

function webhook(config: Omit<WebhookConfig, "kind">) {
  return openNotifiers({ kind: "webhook", ...config }, { clock: new TestClock() })[0]!;
}

describe("webhook", () => {
  it("posts the documented shape", async () => {
    const { server, taken } = await receivePosts();
    await using _ = server;
    await webhook({ url: `http://${server.host}/in` }).notify(
      { ...FAILURE, environment: { name: "production" } },
      signal,
    );
    const { method, url, headers, body } = taken[0]!;
    expect([method, url, headers]).toMatchObject([
      "POST",
      "/in",
      { "content-type": "application/json; charset=utf-8" },
    ]);
    expect(JSON.parse(body.toString())).toEqual({
      schema: "https://seaworthy.dev/notification/v1",
      at: "2026-01-01T00:00:00Z",
      outcome: "failure",
      text: "deployment to production failed at verify: ghcr.io/acme/web 1.2.3",
      name: "ghcr.io/acme/web",
      version: "1.2.3",
      reference: SUCCESS.reference,
      revision: SUCCESS.revision,
      branch: "main",
      trigger: { who: "ada", what: "push" },
      durationMs: 63_400,
      tags: [],
      runUrl: "https://ci.example/runs/7",
      environment: { name: "production" },
      failure: {
        stage: "verify",
        cause: "web: nothing answered on port 8080",
        lines: ["starting", "  cannot read settings.json"],
        nextStep: "add the file to the image",
      },
    });
  });

  it("signs the body as GitHub does, and sends the headers it was given", async () => {
    const { server, taken } = await receivePosts();
    await using _ = server;
    const headers = { Authorization: new Secret("Bearer t"), "X-Team": "ops" };
    await webhook({ url: `http://${server.host}/`, headers, secret: new Secret("key") }).notify(
      SUCCESS,
      signal,
    );
    const { headers: sent, body } = taken[0]!;
    expect(sent).toMatchObject({
      authorization: "Bearer t",
      "x-team": "ops",
      "x-hub-signature-256": `sha256=${createHmac("sha256", "key").update(body).digest("hex")}`,
    });
  });

  it("sends the same bytes again after a lost connection, so that it can be told from another", async () => {
    const { server, fail } = await receivePosts();
    await using _ = server;
    fail("lost");
    await webhook({ url: `http://${server.host}/` }).notify(SUCCESS, signal);
    const [first, second] = server.seen.map(({ body }) => body.toString());
    expect(second).toBe(first);
  });

  it("tells what was refused by host, status and the answer's text", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(401, { "content-type": "text/plain; charset=utf-8" }).end("wrong\nsignature");
    });
    const telling = webhook({ url: `http://${server.host}/in` }).notify(SUCCESS, signal);
    await expect(telling).rejects.toMatchObject({ message: `webhook ${server.host}: 401 wrong signature` });
  });

  it("is told by an answer that never ends", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200);
      response.write("x".repeat(100_000));
    });
    await webhook({ url: `http://${server.host}/` }).notify(SUCCESS, signal);
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, Answer, string]>([
    [
      "elsewhere",
      (_, response) => redirect(response, "https://b.example/in?key=s"),
      "301 redirects to b.example",
    ],
    ["to nowhere", (_, response) => redirect(response, "http://["), "301"],
  ])("follows no redirect %s", async (_, answer, says) => {
    await using server = await serve(answer);
    const telling = webhook({ url: `http://${server.host}/in` }).notify(SUCCESS, signal);
    await expect(telling).rejects.toMatchObject({
      message: `webhook ${server.host}: ${says}`,
      retryable: false,
    });
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    ["no address", "hooks/3f9a7cdd", "expected an https address, found something else"],
    ["plain http over the network", "http://a.example/3f9a7cdd", "found one with http"],
    ["another protocol", "file:///3f9a7cdd", "found one with file"],
    ["credentials in it", "https://u:3f9a7cdd@a.example/", "found one with credentials in it"],
  ])("refuses %s without showing it", (_, url, says) => {
    const open = (): unknown => webhook({ url: new Secret(url) });
    expect(open).toThrow(says);
    expect(open).not.toThrow("3f9a7cdd");
  });

  it("refuses a header that would become two, without showing its value", () => {
    const open = (): unknown =>
      webhook({ url: "https://a.example/", headers: { "x-key": new Secret("3f9a7cdd\r\nx-other: 1") } });
    expect(open).toThrow('webhook a.example: header "x-key" cannot be sent');
    expect(open).not.toThrow("3f9a7cdd");
  });

  it("shows nothing of its config when it is inspected", () => {
    const made = webhook({ url: new Secret("https://a.example/3f9a7cdd"), secret: new Secret("3f9a7cdd") });
    expect(inspect(made, { depth: 9, showHidden: true })).not.toContain("3f9a7cdd");
  });
});

function redirect(response: Parameters<Answer>[1], location: string): void {
  response.writeHead(301, { location }).end();
}
