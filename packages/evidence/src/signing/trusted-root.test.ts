import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseTrustedRoot, publicTrust } from "./trusted-root.ts";

it.each<[string, string, RegExp]>([
  ["text", "hello", /^root\.json: is no trusted root/],
  ["null", "null", /is no trusted root/],
  [
    "a certificate that is none",
    '{"certificateAuthorities":[{"certChain":{"certificates":[{"rawBytes":"AAAA"}]}}]}',
    /is no trusted root/,
  ],
  ["too much", " ".repeat(5 << 20), /longer than the limit/],
])("%s is no trusted root", async (_, text, message) => {
  await expect(parseTrustedRoot(Buffer.from(text), "root.json")).rejects.toMatchObject({
    code: "invalid-trust",
    message: expect.stringMatching(message),
  });
});

it("says how to do without the public trusted root where it cannot be had", async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), "seaworthy-tuf-"));
  const trust = publicTrust({ cacheDir, mirror: "http://127.0.0.1:1" });
  await expect(trust).rejects.toMatchObject({
    code: "invalid-trust",
    retryable: true,
    hint: expect.stringContaining("--trusted-root"),
  });
  rmSync(cacheDir, { recursive: true });
});
