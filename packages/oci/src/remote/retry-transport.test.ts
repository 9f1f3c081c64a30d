import { describe, expect, it } from "vitest";
import { digestOf, MediaType } from "../index.ts";
import { remoteRepository } from "./index.ts";
import type { Descriptor } from "../index.ts";
import { serve, TestClock } from "./testing-server.ts";
import type { Answer } from "./testing-server.ts";

const blob: Descriptor = { mediaType: MediaType.octets, digest: digestOf("x"), size: 1 };

/** Answers with each of these in turn, and goes on with the last. */
function inTurn(...answers: readonly Answer[]): Answer {
  let at = 0;
  return (...exchange) => answers[Math.min(at++, answers.length - 1)]!(...exchange);
}

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end();

const reset: Answer = (_, response) => void response.destroy();

describe("a repository whose registry is unwell", () => {
  it("is asked again after 503, with a growing wait", async () => {
    await using server = await serve(inTurn(status(503), status(500), status(200)));
    const clock = new TestClock();
    const events: string[] = [];
    const store = remoteRepository(
      { registry: server.host, repository: "acme/app" },
      { clock, onRetry: ({ reason, attempt, delay }) => events.push(`${attempt} ${delay} ${reason}`) },
    );
    expect(await store.has(blob)).toBe(true);
    expect(clock.slept).toEqual([250, 500]);
    expect(events).toEqual([`1 250 HEAD ${server.host}: 503`, `2 500 HEAD ${server.host}: 500`]);
  });

  it("is asked again when the connection is lost before the answer", async () => {
    await using server = await serve(inTurn(reset, reset, status(200)));
    const store = remoteRepository({ registry: server.host, repository: "a" }, { clock: new TestClock() });
    expect(await store.has(blob)).toBe(true);
    expect(server.seen).toHaveLength(3);
  });

  it.each([
    ["seconds", "7"],
    ["a date", "Thu, 01 Jan 2026 00:00:07 GMT"],
  ])("is given the time it asks for in %s, and a little more by chance", async (_, header) => {
    await using server = await serve(inTurn(status(429, { "retry-after": header }), status(200)));
    const clock = new TestClock();
    const store = remoteRepository({ registry: server.host, repository: "a" }, { clock });
    expect(await store.has(blob)).toBe(true);
    expect(clock.slept).toEqual([7250]);
  });

  it("is not waited for when it asks for an hour", async () => {
    await using server = await serve(status(429, { "retry-after": "3600" }));
    const clock = new TestClock();
    const store = remoteRepository({ registry: server.host, repository: "a" }, { clock });
    await expect(store.has(blob)).rejects.toMatchObject({
      code: "registry",
      retryable: true,
      message: `HEAD ${server.host}/v2/a/blobs/${blob.digest}: 429`,
      hint: expect.stringContaining("3600 s") as string,
    });
    expect(clock.slept).toEqual([]);
  });

  it("is given up after five attempts", async () => {
    await using server = await serve(status(502));
    const store = remoteRepository({ registry: server.host, repository: "a" }, { clock: new TestClock() });
    await expect(store.has(blob)).rejects.toMatchObject({ code: "registry", retryable: true });
    expect(server.seen).toHaveLength(5);
  });

  it("is given up when the time for it is over", async () => {
    await using server = await serve(status(502));
    const clock = new TestClock();
    const store = remoteRepository(
      { registry: server.host, repository: "a" },
      { clock, retry: { attempts: 100, within: 5000 } },
    );
    await expect(store.has(blob)).rejects.toMatchObject({ code: "registry" });
    expect(clock.slept).toEqual([250, 500, 1000, 2000]);
  });

  it.each([400, 405, 418, 501])("is asked once when it answers %i", async (code) => {
    await using server = await serve(status(code));
    const store = remoteRepository({ registry: server.host, repository: "a" }, { clock: new TestClock() });
    await expect(store.has(blob)).rejects.toMatchObject({ code: "registry", retryable: false });
    expect(server.seen).toHaveLength(1);
  });

  it("is left alone when the signal fires during a wait", async () => {
    await using server = await serve(status(503));
    const controller = new AbortController();
    const store = remoteRepository(
      { registry: server.host, repository: "a" },
      { onRetry: () => controller.abort(), retry: { firstDelay: 60_000, longestDelay: 60_000 } },
    );
    await expect(store.has(blob, controller.signal)).rejects.toMatchObject({ code: "aborted" });
    expect(server.seen).toHaveLength(1);
  });

  it("is named with port and hint when nothing listens there", async () => {
    const gone = await serve(status(200));
    await gone[Symbol.asyncDispose]();
    const store = remoteRepository({ registry: gone.host, repository: "a" }, { clock: new TestClock() });
    await expect(store.has(blob)).rejects.toMatchObject({
      code: "network",
      retryable: true,
      message: `HEAD ${gone.host}/v2/a/blobs/${blob.digest}: connection refused (${gone.host})`,
      hint: "check that a server listens there and that the port is right",
    });
  });
});
