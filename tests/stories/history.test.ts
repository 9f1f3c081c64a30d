import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seaworthy } from "../support/cli.ts";
import { DOCKERFILE, type Project, SERVER, copySmallRoot, makeProject } from "../support/project.ts";

const CONFIG = `export default {
  image: "acme/web",
  verify: { services: [{ name: "web", args: ["web"], http: { port: 8000, path: "/health" } }] },
};
`;

interface Listed {
  readonly version: string;
  readonly digest: string;
}

describe("the history of two releases", () => {
  let project: Project;
  let releases: readonly Listed[];
  const run = (...args: readonly string[]) => seaworthy(args, { cwd: project.dir, env: project.env });
  const listed = async (...args: readonly string[]): Promise<readonly Listed[]> =>
    JSON.parse((await run("history", "--json", ...args)).stdout) as Listed[];

  beforeAll(async () => {
    project = makeProject({ Dockerfile: DOCKERFILE, "server.pl": SERVER, "seaworthy.config.ts": CONFIG });
    copySmallRoot(join(project.dir, "root"));
    project.commit();
    await run("release", "--progress", "quiet");
    project.write("server.pl", `# another\n${SERVER}`);
    project.commit();
    await run("release", "--progress", "quiet");
    releases = await listed();
  }, 180_000);
  afterAll(() => project[Symbol.dispose]());

  it("is a table, newest first, with where moving tags stand", async () => {
    const [newest, oldest, ...others] = releases;
    expect(others).toEqual([]);
    const { stdout, code } = await run("history");
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(1, 3)).toEqual([
      expect.stringMatching(new RegExp(`^\\S+ \\S+ {2}${newest!.version} .* main latest `)) as string,
      expect.stringMatching(new RegExp(`^\\S+ \\S+ {2}${oldest!.version} .* main latest `)) as string,
    ]);
  });

  it("comes back from the registry alone when its index is deleted", async () => {
    rmSync(join(project.dir, ".seaworthy/records.db"));
    const rebuilt = await run("history", "--rebuild", "--json");
    expect(JSON.parse(rebuilt.stdout)).toEqual(releases);
    expect(rebuilt.stderr).toBe("2 releases in the registry\n");
    expect(readdirSync(join(project.dir, ".seaworthy"))).toContain("records.db");
    expect(await listed()).toEqual(releases);
  });

  it("tells one release in full by version or first digits", async () => {
    const { version, digest } = releases[0]!;
    const { stdout } = await run("history", version);
    expect((await run("history", digest.slice(7, 19))).stdout).toBe(stdout);
    expect(stdout).toMatch(/^ {2}verify +\d+(?:\.\d+)? m?s .*█/m);
    expect(stdout).toMatch(/^platforms {2}compared with main-/m);
    expect(stdout).toMatch(/^ {2}latest +[0-9a-f]{12} → [0-9a-f]{12}$/m);
  });

  it("says with exit code 2 that there is no such release, and what a limit may be", async () => {
    const none = await run("history", "main-9999999");
    expect([none.code, none.stdout]).toEqual([2, ""]);
    expect(none.stderr).toContain('there is no release "main-9999999"');
    const limit = await run("history", "--limit", "0");
    expect([limit.code, limit.stdout]).toEqual([2, ""]);
    expect(limit.stderr).toContain("expected a number from 1");
  });
});
