import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";

import { describe, expect, it } from "vitest";

import { readCommonSettings, readGatewaySettings, readModelSettings } from "./settings.ts";

const hash = createHash("sha256").update("a key").digest("hex");

describe("common settings", () => {
  it("listens on port 8000 of every interface by default", () => {
    expect(readCommonSettings({})).toMatchObject({
      host: "0.0.0.0",
      port: 8000,
      drainMs: 3_500,
      logLevel: "info",
    });
  });

  it("treats empty variables as absent", () => {
    expect(readCommonSettings({ PORT: "", HOST: " " })).toMatchObject({ host: "0.0.0.0", port: 8000 });
  });

  it("reports every fault at once, a line for each", () => {
    expect(() => readCommonSettings({ PORT: "http", LOG_LEVEL: "loud", DRAIN_TIMEOUT_MS: "9000" })).toThrow(
      'PORT: expected a whole number from 0 to 65535, found "http"\n' +
        'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, found "loud"\n' +
        'DRAIN_TIMEOUT_MS: expected a whole number from 0 to 4500, found "9000"',
    );
  });

  it.each(["-1", "65536", "8000.5", "0x50", "1e3", " 80 81", "９"])("refuses the port %j", (PORT) => {
    expect(() => readCommonSettings({ PORT })).toThrow("PORT: expected a whole number");
  });
});

describe("gateway settings", () => {
  it("finds agents by the template, and by their own variable first", () => {
    const { agents } = readGatewaySettings({
      AGENT_URL_TEMPLATE: "https://{name}.agents.example/base/",
      AGENT_WRITER_URL: "http://10.0.0.7:9000",
    });
    expect(agents.critic).toBe("https://critic.agents.example/base");
    expect(agents.writer).toBe("http://10.0.0.7:9000");
    expect(readGatewaySettings({}).agents.critic).toBe("http://agent-critic:8000");
  });

  it.each([
    ["AGENT_URL_TEMPLATE", "http://agent:8000", "expected {name} in the URL"],
    ["AGENT_WRITER_URL", "ftp://writer", "expected an http or https URL"],
    ["AGENT_WRITER_URL", "http://me:hunter2@writer", "expected a URL without credentials"],
    ["AGENT_WRITER_URL", "http://writer/?a=b", "expected a URL without query or fragment"],
    ["RATE_LIMIT_PER_MINUTE", "0", "expected a whole number from 1"],
  ])("refuses %s=%s", (name, value, message) => {
    const read = () => readGatewaySettings({ [name]: value });
    expect(read).toThrow(`${name}: ${message}`);
    expect(read).not.toThrow("hunter2");
  });

  it("reads keys from the variable or from a file, never from both", () => {
    const dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
    const file = join(dir, "keys");
    writeFileSync(file, `# is not a comment\n`);
    expect(() => readGatewaySettings({ API_KEYS_FILE: file })).toThrow(
      "API_KEYS: entry 1: expected name:<64 hex",
    );
    writeFileSync(file, `alice:${hash}\nbob:${hash.toUpperCase()}\n`);
    expect(readGatewaySettings({ API_KEYS_FILE: file }).keys.map(({ name }) => name)).toEqual([
      "alice",
      "bob",
    ]);
    expect(() => readGatewaySettings({ API_KEYS_FILE: file, API_KEYS: `alice:${hash}` })).toThrow(
      "found both",
    );
    rmSync(dir, { recursive: true });
    expect(() => readGatewaySettings({ API_KEYS_FILE: file })).toThrow("API_KEYS_FILE: cannot read");
  });

  it("does not start open when the keys are malformed, and does not print them", () => {
    const read = () => readGatewaySettings({ API_KEYS: `alice:${hash}, the-key-itself` });
    expect(read).toThrow("API_KEYS: entry 2: expected name:<64 hex digits of SHA-256>, found something else");
    expect(read).not.toThrow("the-key-itself");
  });

  it("refuses a name that is used twice", () => {
    expect(() => readGatewaySettings({ API_KEYS: `a:${hash} a:${hash}` })).toThrow(
      'entry 2: the name "a" is taken',
    );
  });
});

describe("model settings", () => {
  it("names what is missing", () => {
    expect(readModelSettings({})).toEqual({ configured: false, missing: ["MODEL_BASE_URL", "MODEL_NAME"] });
    expect(readModelSettings({ MODEL_NAME: "m" })).toEqual({
      configured: false,
      missing: ["MODEL_BASE_URL"],
    });
  });

  it("needs no key, and shows none", () => {
    const open = readModelSettings({ MODEL_BASE_URL: "http://model:1234/v1/", MODEL_NAME: "m" });
    expect(open).toMatchObject({ configured: true, baseUrl: "http://model:1234/v1", apiKey: undefined });
    const keyed = readModelSettings({
      MODEL_BASE_URL: "http://model/v1",
      MODEL_NAME: "m",
      MODEL_API_KEY: "s3cret",
    });
    expect(keyed.configured && keyed.apiKey?.reveal()).toBe("s3cret");
    const shown = [
      inspect(keyed, { depth: 9 }),
      JSON.stringify(keyed),
      `${keyed.configured && keyed.apiKey?.toString()}`,
    ];
    for (const text of shown) expect(text).not.toContain("s3cret");
  });
});
