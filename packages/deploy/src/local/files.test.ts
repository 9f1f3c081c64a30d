import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "@seaworthy/oci";
import { openLogFile } from "./log-file.ts";
import { localPlace } from "./place.ts";
import { readLogs } from "./read-logs.ts";
import { type Applied, readState, withGood, writeState } from "./state.ts";

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "seaworthy-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe("logs of a local service", () => {
  it("keep two files' worth and no more", () => {
    using log = openLogFile(join(top, "logs/web.log"), 100);
    for (let line = 0; line < 40; line += 1) log.write(Buffer.from(`line ${line}\n`.padStart(10)));
    const sizes = readdirSync(join(top, "logs")).map((name) => readFileSync(join(top, "logs", name)).length);
    expect(sizes).toHaveLength(2);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(100);
    expect(readFileSync(join(top, "logs/web.log"), "utf8")).toContain("line 39");
  });

  const lines = async (
    options: { service?: string; lines: number; follow?: boolean },
    signal: AbortSignal,
  ) => {
    const texts: string[] = [];
    const all = { follow: false, ...options, signal };
    for await (const { service, text } of readLogs(join(top, "logs"), all)) texts.push(`${service} ${text}`);
    return texts;
  };

  it("are read as the last lines of each, across both files", async () => {
    const { signal } = new AbortController();
    expect(await lines({ lines: 5 }, signal)).toEqual([]);
    mkdirSync(join(top, "logs"));
    writeFileSync(join(top, "logs/web.log.1"), "one\ntwo\n");
    writeFileSync(join(top, "logs/web.log"), "three\n");
    writeFileSync(join(top, "logs/agent.log"), "up\r\n");
    expect(await lines({ lines: 2 }, signal)).toEqual(["agent up", "web two", "web three"]);
    expect(await lines({ lines: 9, service: "web" }, signal)).toEqual(["web one", "web two", "web three"]);
    expect(await lines({ lines: 0 }, signal)).toEqual([]);
  });

  it("are followed until somebody stops", async () => {
    const over = new AbortController();
    using log = openLogFile(join(top, "logs/web.log"));
    log.write(Buffer.from("one\n"));
    const texts: string[] = [];
    for await (const { text } of readLogs(join(top, "logs"), {
      lines: 1,
      follow: true,
      signal: over.signal,
    })) {
      texts.push(text);
      if (text === "one") log.write(Buffer.from("two\n"));
      else over.abort();
    }
    expect(texts).toEqual(["one", "two"]);
  });
});

describe("the state of a local environment", () => {
  const applied = (version: string): Applied => ({
    image: { name: "127.0.0.1:5000/acme/web", digest: digestOf(Buffer.from(version)), version },
    settings: { services: [], hold: 0 },
    who: "ada",
  });

  it("keeps the last good ones, each once, the newest first", () => {
    const file = join(top, "local/state.json");
    let state = readState(file);
    expect(state).toEqual({ good: [], on: false });
    for (let at = 0; at < 15; at += 1) state = withGood(state, applied(`v${at}`), "2026-01-01T00:00:00Z");
    state = withGood(state, applied("v10"), "2026-01-01T00:00:00Z");
    writeState(file, state);
    const versions = readState(file).good.map(({ image }) => image.version);
    expect(versions.slice(0, 3)).toEqual(["v10", "v14", "v13"]);
    expect(versions).toHaveLength(10);
    expect(new Set(versions).size).toBe(10);
  });

  it.each(["", "{", "[]", '{"good":1,"on":true}'])("is not guessed from %j", (text) => {
    const file = join(top, "state.json");
    writeFileSync(file, text);
    expect(() => readState(file)).toThrow(/state\.json: found something else than the state/);
  });
});

describe("the place of a local environment", () => {
  it("has a short socket, and addresses of its own", () => {
    const one = localPlace("/srv/a/.seaworthy/local/staging", "/run/s");
    const two = localPlace("/srv/b/.seaworthy/local/staging", "/run/s");
    expect(one.socket).not.toBe(two.socket);
    expect(one.network).not.toBe(two.network);
    expect(() => localPlace("/srv/a", `/${"x".repeat(100)}`)).toThrow(/expected 107 at most/);
  });
});
