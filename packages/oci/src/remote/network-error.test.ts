import { describe, expect, it } from "vitest";
import { OciError } from "../index.ts";
import { networkError } from "./network-error.ts";

const request = { method: "GET", url: new URL("https://r.example/v2/a?token=secret") } as const;

function withCode(code: string): Error {
  return Object.assign(new Error("from below"), { code });
}

describe("networkError", () => {
  it.each([
    ["ECONNREFUSED", "connection refused", true],
    ["ECONNRESET", "the connection was lost", true],
    ["UND_ERR_SOCKET", "the connection was lost", true],
    ["UND_ERR_CONNECT_TIMEOUT", "no answer in time", true],
    ["UND_ERR_BODY_TIMEOUT", "no answer in time", true],
    ["EAI_AGAIN", "the name could not be looked up now", true],
    ["ENOTFOUND", "no such host", false],
    ["SELF_SIGNED_CERT_IN_CHAIN", "its certificate is not trusted", false],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "its certificate is not trusted", false],
    ["CERT_HAS_EXPIRED", "its certificate is not trusted", false],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is not trusted", false],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "the answer is not TLS", false],
    ["EWHATEVER", "EWHATEVER", false],
  ])("tells %s in words, and whether to try again", (code, says, retryable) => {
    expect(networkError(request, withCode(code))).toMatchObject({
      code: "network",
      message: `GET r.example/v2/a: ${says} (r.example:443)`,
      retryable,
    });
  });

  it("finds the code below other errors", () => {
    const deep = new Error("fetch failed", { cause: new AggregateError([withCode("ECONNREFUSED")]) });
    expect(networkError(request, deep).message).toContain("connection refused");
  });

  it("leaves errors of ours as they are", () => {
    const own = new OciError("digest-mismatch", "wrong");
    expect(networkError(request, own)).toBe(own);
  });

  it("is aborted where the signal has fired", () => {
    const signal = AbortSignal.abort();
    expect(networkError({ ...request, signal }, withCode("ECONNRESET"))).toMatchObject({ code: "aborted" });
  });
});
