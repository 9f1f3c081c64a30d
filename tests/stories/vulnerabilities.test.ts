import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type CodeScanningApi,
  TOKEN,
  startCodeScanning,
} from "../../packages/evidence/test/code-scanning-api.ts";
import { type Outcome, seaworthy } from "../support/cli.ts";
import { PLATFORMS, makeFleet, partial } from "../support/fleet.ts";
import { type Project, makeProject } from "../support/project.ts";

const OSV = fileURLToPath(new URL("../../packages/evidence/test/osv", import.meta.url));
/** Of lodash 4.17.10, as the advisories have it. */
const IDS = ["CVE-2019-10744", "CVE-2021-23337"] as const;
const FILES = {
  Dockerfile: 'FROM scratch\n\nCOPY node_modules/ /app/node_modules/\nUSER 65532\nCMD ["/app/x"]\n',
  "node_modules/lodash/package.json": '{ "name": "lodash", "version": "4.17.10" }',
};

/** The data is of one day, and tests run on many. */
const scanning = (more = {}): string =>
  `scan: ${JSON.stringify({ offline: OSV, maxAge: "100000d", ...more })}`;
const excepting = (expires: string) => ({
  exceptions: IDS.map((id) => ({ id, reason: "template() is not used", owner: "alice", expires })),
});

function configOf(scan: string): string {
  return `export default {
  image: "acme/web",
  platforms: ${JSON.stringify(PLATFORMS)},
  verify: { services: [] },
  ${scan},
};
`;
}

function makeRepository(more = {}): Project {
  const project = makeProject({ ...FILES, "seaworthy.config.ts": configOf(scanning(more)) });
  project.commit();
  return project;
}

interface OnGitHub extends Outcome {
  readonly summary: string;
}

/** As a step of a job of GitHub Actions, whose API is `api`. */
async function onGitHub(
  dir: string,
  api: Pick<CodeScanningApi, "url">,
  args: readonly string[] = ["release"],
  env: Readonly<Record<string, string>> = {},
): Promise<OnGitHub> {
  const summary = join(dir, "..", "summary.md");
  writeFileSync(summary, "");
  const outcome = await seaworthy(args, {
    cwd: dir,
    env: {
      XDG_CACHE_HOME: join(dir, "..", "cache-github"),
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: "push",
      GITHUB_REF: "refs/heads/main",
      GITHUB_SHA: execFileSync("git", ["-C", dir, "rev-parse", "HEAD"], { encoding: "utf8" }).trim(),
      GITHUB_REPOSITORY: "acme/web",
      GITHUB_API_URL: api.url,
      GITHUB_TOKEN: TOKEN,
      GITHUB_STEP_SUMMARY: summary,
      ...env,
    },
  });
  return { ...outcome, summary: readFileSync(summary, "utf8") };
}

/** Number of results by category. */
const alerts = ({ logs }: CodeScanningApi): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...logs].map(([category, log]) => [
      category,
      (log as { runs: { results: object[] }[] }).runs[0]!.results.length,
    ]),
  );

describe("a release of an image with a known vulnerability", () => {
  const release = ({ dir, env }: Project) => seaworthy(["release"], { cwd: dir, env });

  it("is refused with 3, and says what brings it and what to do", async () => {
    using project = makeRepository();
    const { code, stdout, stderr } = await release(project);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    for (const platform of PLATFORMS) {
      const at = stderr.indexOf(`acme/web ${platform}: 2 refused\n`);
      expect(at).toBeGreaterThan(0);
      const table = stderr.slice(at, stderr.indexOf("\n\n\n", at)).split("\n");
      expect(table.map((line) => line.trim().split(/ {2,}/))).toEqual(
        expect.arrayContaining([
          ["PACKAGE", "INSTALLED", "FIXED IN", "SEVERITY", "ID", "BROUGHT BY", "WHAT TO DO"],
          [
            "lodash",
            "4.17.10",
            "4.17.12",
            "critical 9.1",
            IDS[0],
            "layer 0, Dockerfile:3",
            "bump lodash to 4.17.12",
          ],
          [
            "lodash",
            "4.17.10",
            "4.17.21",
            "high 7.2",
            IDS[1],
            "layer 0, Dockerfile:3",
            "bump lodash to 4.17.21",
          ],
        ]),
      );
      expect(stderr).toContain(
        `vulnerabilities ${platform}: found 1 critical, 1 high; allowed: none that is`,
      );
    }
    expect(stderr).not.toContain("✓ publish");
    expect(stderr).toContain("code scanning: skipped, this is no run of GitHub Actions\n");
  });

  it("passes while somebody answers for it, and is told in a line", async () => {
    using project = makeRepository(excepting("9999-12-31"));
    const { code, stderr } = await release(project);
    expect(stderr).toContain("released in");
    expect(code).toBe(0);
    expect(stderr).toContain("vulnerabilities linux/amd64: 2 excepted\n");
    expect(stderr).not.toContain("PACKAGE");
    project.write("seaworthy.config.ts", configOf(scanning(excepting("2026-01-31"))));
    project.commit();
    const expired = await release(project);
    expect(expired.code).toBe(3);
    expect(expired.stderr).toMatch(/^! exception of alice for CVE-2019-10744 expired on 2026-01-31$/m);
    expect(expired.stderr).toMatch(/ {2}lodash .* bump lodash to 4\.17\.12$/m);
  });
});

describe("on GitHub, a release that scans", () => {
  let api: CodeScanningApi;
  beforeEach(async () => void (api = await startCodeScanning()));
  afterEach(() => api[Symbol.asyncDispose]());
  const category = (platform: string) => `seaworthy/127.0.0.1:5000/acme/web/${platform}`;

  it("shows findings in the job's summary and hands them to code scanning, a log for each platform", async () => {
    using project = makeRepository();
    const { code, stderr, summary } = await onGitHub(project.dir, api);
    expect(code).toBe(3);
    expect(summary).toMatch(/^## ⛔ Refused in `gates`/);
    const rows = [...summary.matchAll(/^\| lodash \| 4\\\.17\\\.10 \| 4\\\.17\\\.12 \| .* bump lodash/gm)];
    expect(rows).toHaveLength(PLATFORMS.length);
    expect(alerts(api)).toEqual(Object.fromEntries(PLATFORMS.map((platform) => [category(platform), 2])));
    expect(stderr).toContain("code scanning, linux/arm64: uploaded\n");
    expect(stderr + summary).not.toContain(TOKEN);
  });

  it("closes its alerts once nothing is refused", async () => {
    using project = makeRepository(excepting("9999-12-31"));
    const { code, summary } = await onGitHub(project.dir, api);
    expect(code).toBe(0);
    expect(summary).toMatch(/^### ✅ .*linux\/amd64: 2 excepted$/m);
    expect(alerts(api)).toEqual(Object.fromEntries(PLATFORMS.map((platform) => [category(platform), 0])));
  });

  it.each([
    ["there is no token", { GITHUB_TOKEN: "" }, "skipped, there is no token"],
    ["the token is not known there", { GITHUB_TOKEN: "old" }, "401 Bad credentials"],
    [
      "the token is of another repository",
      { GITHUB_REPOSITORY: "acme/other" },
      "skipped, GitHub says 404 Not Found",
    ],
  ])("is released all the same where %s", async (_, env, said) => {
    using project = makeRepository(excepting("9999-12-31"));
    const { code, stderr } = await onGitHub(project.dir, api, ["release"], env);
    expect(code).toBe(0);
    expect(stderr).toMatch(/code scanning, linux\/amd64: /);
    expect(stderr).toContain(said);
    expect(alerts(api)).toEqual({});
  });

  it("does it in a merge, by the scans that the runners of its platforms have filed", async () => {
    await using fleet = await makeFleet(scanning(), FILES);
    for (const platform of PLATFORMS) {
      expect(await partial(fleet, platform)).toMatchObject({ code: 0 });
    }
    const { code, stderr, summary } = await onGitHub(fleet.clone("merger"), api, ["release", "--merge"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/ {2}lodash .* layer 0, Dockerfile:3 {2}bump lodash to 4\.17\.12$/m);
    expect(summary.match(/^\| lodash /gm)).toHaveLength(2 * PLATFORMS.length);
    const counts = PLATFORMS.map((platform) => [`seaworthy/${fleet.registry}/acme/web/${platform}`, 2]);
    expect(alerts(api)).toEqual(Object.fromEntries(counts));
    expect(await fleet.repository.tags()).toEqual([]);
  });
});
