import { describe, expect, it } from "vitest";
import { backoff, isRetryableStatus, RETRY_POLICY, retryAfter } from "./retry.ts";

describe("backoff", () => {
  it("doubles up to its limit, by chance anywhere below", () => {
    const most = [1, 2, 3, 4, 5, 6, 7].map((n) => backoff(n, RETRY_POLICY, { random: () => 1 }));
    expect(most).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000]);
    expect(backoff(7, RETRY_POLICY, { random: () => 0 })).toBe(0);
  });
});

describe("retryAfter", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  it.each([
    ["30", 30_000],
    [" 0 ", 0],
    ["Thu, 01 Jan 2026 00:00:10 GMT", 10_000],
    ["Wed, 31 Dec 2025 00:00:10 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
    [undefined, undefined],
  ])("reads %j", (header, expected) => {
    expect(retryAfter(header, now)).toBe(expected);
  });
});

describe("isRetryableStatus", () => {
  it.each([408, 425, 429, 500, 502, 503, 504])("is true of %i", (status) => {
    expect(isRetryableStatus(status)).toBe(true);
  });
  it.each([200, 301, 400, 401, 403, 404, 405, 416, 501, 505])("is false of %i", (status) => {
    expect(isRetryableStatus(status)).toBe(false);
  });
});
