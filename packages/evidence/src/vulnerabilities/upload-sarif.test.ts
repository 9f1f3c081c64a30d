import { inspect } from "node:util";
import { Secret } from "@seaworthy/oci";
import { TestClock } from "@seaworthy/oci/testing";
import { describe, expect, it } from "vitest";
import { TOKEN, startCodeScanning } from "../../test/code-scanning-api.ts";
import { LODASH, scannedWith } from "../../test/scanned.ts";
import { scanSarif } from "./report/sarif.ts";
import { type CodeScanning, uploadSarif } from "./upload-sarif.ts";

const { signal } = new AbortController();
const log = scanSarif([scannedWith([LODASH])], { file: "Dockerfile" });

const where = (url: string, changes: Partial<CodeScanning> = {}): CodeScanning => ({
  apiUrl: url,
  repository: "acme/web",
  commit: "a".repeat(40),
  ref: "refs/heads/main",
  token: new Secret(TOKEN),
  fork: false,
  ...changes,
});
const upload = (url: string, changes: Partial<CodeScanning> = {}, content: object = log) =>
  uploadSarif(content, where(url, changes), { clock: new TestClock() }, signal);

describe("a SARIF log", () => {
  it("is taken by GitHub under its category", async () => {
    await using api = await startCodeScanning();
    expect(await upload(api.url)).toEqual({
      outcome: "uploaded",
      id: "47177e22-5596-11eb-80a1-c1e54ef945c6",
    });
    expect([...api.logs]).toEqual([["seaworthy/ghcr.io/acme/web/linux/amd64", log]]);
  });

  it("does not push out that of another platform", async () => {
    await using api = await startCodeScanning();
    await upload(api.url);
    await upload(
      api.url,
      {},
      scanSarif([scannedWith([LODASH], { platform: "linux/arm64" })], { file: "Dockerfile" }),
    );
    await upload(api.url);
    expect(api.logs.size).toBe(2);
  });

  it.each<[string, Partial<CodeScanning>, object, string]>([
    ["there is no token", { token: undefined }, {}, "there is no token"],
    ["it comes from a fork", { fork: true }, {}, "a pull request of a fork may not write"],
    ["the token may not", {}, { writes: false }, "GitHub says 403 Resource not accessible by integration"],
    [
      "code scanning is off",
      {},
      { enabled: false },
      "GitHub says 403 Code scanning is not enabled for this repository.",
    ],
    ["the repository is not to be seen", { repository: "acme/other" }, {}, "GitHub says 404 Not Found"],
  ])("is skipped with a word where %s", async (_, changes, options, reason) => {
    await using api = await startCodeScanning(options);
    expect(await upload(api.url, changes)).toEqual({ outcome: "skipped", reason });
    expect(api.logs.size).toBe(0);
  });

  it.each<[string, Partial<CodeScanning>, RegExp]>([
    ["the token is none", { token: new Secret("wrong") }, /acme\/web: 401 Bad credentials/],
    ["the commit is none", { commit: "main" }, /422 commit_sha is not valid/],
    ["the repository is a way up", { repository: "../x" }, /expected a repository owner\/name/],
  ])("fails where %s", async (_, changes, message) => {
    await using api = await startCodeScanning();
    await expect(upload(api.url, changes)).rejects.toMatchObject({
      code: "upload-failed",
      message: expect.stringMatching(message),
    });
  });

  it("is sent again where the server was busy, and never shows the token", async () => {
    await using api = await startCodeScanning();
    api.interrupt((_, response) => void response.writeHead(502).end());
    expect(await upload(api.url)).toMatchObject({ outcome: "uploaded" });
    api.interrupt(
      (_, response) => void response.writeHead(400).end(JSON.stringify({ message: `bad Bearer ${TOKEN}` })),
    );
    const failure = await upload(api.url).catch((error: unknown) => error);
    expect((failure as Error).message).toMatch(/400 bad/);
    expect(inspect(failure, { depth: 9 })).not.toContain(TOKEN);
  });

  it("goes to nobody over plain HTTP", async () => {
    await expect(upload("http://github.example")).rejects.toMatchObject({ code: "unreachable" });
  });
});
