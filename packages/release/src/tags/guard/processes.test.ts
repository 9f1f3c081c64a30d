import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Repository, openLayout } from "@seaworthy/oci";
import { type RunningRegistry, serveRegistry } from "@seaworthy/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeHistory } from "../../../test/git-history.ts";
import { readTarget } from "./target.ts";

const NAME = "acme/app";
let top: string;
let registry: RunningRegistry;
let repository: Repository;
beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), "seaworthy-"));
  const layout = await openLayout(join(top, "store"));
  repository = layout.repository(NAME);
  registry = await serveRegistry({ store: layout, uploads: join(top, "uploads") });
});
afterEach(async () => {
  await registry.close();
  rmSync(top, { recursive: true, force: true });
});

/** A process of its own; where a tag is given, it stops right before it writes that. */
function publisher(dir: string, ref: string, sha: string, slowTag?: string) {
  const script = join(import.meta.dirname, "../../../test/publisher.ts");
  const host = registry.url.replace("http://", "");
  const args = [script, host, NAME, dir, ref, sha, ...(slowTag === undefined ? [] : [slowTag])];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => ((await lines.next()) as { readonly value: string }).value;
  const ended = once(child, "exit");
  return {
    paused: async () => expect(await line()).toBe("paused"),
    goOn: () => child.stdin.write("\n"),
    verdicts: async () => {
      const verdicts = JSON.parse(await line()) as Record<string, string>;
      await ended;
      return verdicts;
    },
  };
}

const holds = async (tag: string) =>
  readTarget(repository, (await repository.resolve(tag))!, new AbortController().signal);

describe("two processes that publish in the wrong order", () => {
  it("leave a branch at the newer commit, although the older one had decided before and wrote last", async () => {
    const { dir, commits } = makeHistory(top, 3);
    const [, older = "", newer = ""] = commits;
    const slow = publisher(dir, "refs/heads/main", older, "main");
    await slow.paused();
    const fast = await publisher(dir, "refs/heads/main", newer).verdicts();
    expect(fast["main"]).toBe("move");
    slow.goOn();
    expect((await slow.verdicts())["main"]).toBe("behind");
    expect((await holds("main")).revision).toBe(newer);
    expect((await holds(`main-${older.slice(0, 7)}`)).revision).toBe(older);
  });

  it("leave latest and the series at the newer version", async () => {
    const { dir, commits } = makeHistory(top, 2);
    const slow = publisher(dir, "refs/tags/v1.2.3", commits[0]!, "1.2");
    await slow.paused();
    const fast = await publisher(dir, "refs/tags/v1.2.4", commits[1]!).verdicts();
    expect(Object.values(fast)).toEqual(["move", "move", "move", "move", "move"]);
    slow.goOn();
    expect(await slow.verdicts()).toMatchObject({
      "1.2.3": "move",
      "1.2": "behind",
      "1": "behind",
      latest: "behind",
    });
    for (const tag of ["1.2.4", "1.2", "1", "latest"]) expect((await holds(tag)).version).toBe("1.2.4");
    expect((await holds("1.2.3")).version).toBe("1.2.3");
  });
});
