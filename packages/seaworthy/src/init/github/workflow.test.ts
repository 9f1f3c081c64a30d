import { describe, expect, it } from "vitest";
import { type Job, holds, readJobs, startedBy, workflowFaults } from "../../../test/github.ts";
import { runScript } from "../../../test/script.ts";
import { lintWorkflow } from "../workflow-lint.ts";
import { PINS } from "./pins.ts";
import { type WorkflowOptions, githubWorkflow } from "./workflow.ts";

const PINNED = { seaworthy: "npx --yes seaworthy@1.2.3", install: ["npm ci"], folder: ".", locked: false };
const LOCKED = { ...PINNED, seaworthy: "npx --no -- seaworthy", locked: true };

const generate = (more: Partial<WorkflowOptions> = {}): string =>
  githubWorkflow({
    branches: ["main", "develop"],
    platforms: ["linux/amd64", "linux/arm64"],
    tools: PINNED,
    ...more,
  });

const VARIANTS: readonly (readonly [string, string])[] = [
  ["two platforms", generate()],
  ["one platform", generate({ platforms: ["linux/amd64"] })],
  ["a platform that no runner has", generate({ platforms: ["linux/amd64", "linux/arm/v7"] })],
  ["only such a platform", generate({ platforms: ["linux/riscv64"] })],
  ["no platform said", generate({ platforms: [] })],
  ["what a lock file installs", generate({ tools: LOCKED })],
  [
    "several commands in a folder",
    generate({
      tools: { ...PINNED, install: ["corepack enable", "pnpm install"], folder: 'a "b" ${{ secrets.x }}' },
    }),
  ],
  ["nothing to install", generate({ tools: { ...PINNED, install: [] } })],
  ["every right", generate({ grants: ["statuses", "deployments", "id-token", "security-events"] })],
  ["environments to deploy to", generate({ environments: ["staging", "production"] })],
  ["a branch with a strange name", generate({ branches: ['x*[y]"${{ github.actor }}\u2028#', "develop"] })],
];

describe.each(VARIANTS)("a workflow for %s", (_, text) => {
  it("is what GitHub's parser takes", async () => {
    expect(await workflowFaults(text)).toEqual([]);
  });

  it("breaks none of our rules", () => {
    expect(lintWorkflow(text)).toEqual([]);
  });

  it("uses checkout and setup-node alone, each by its commit and with its version beside it", () => {
    const used = [...text.matchAll(/uses: (\S+)@(\S+) # (\S+)/g)].map(([, name, commit, version]) => [
      name,
      { commit, version },
    ]);
    expect(used).toHaveLength(text.match(/\buses:/g)!.length);
    expect(Object.fromEntries(used)).toEqual(PINS);
  });

  it("gives a token to the one step that releases, and to nothing that strangers start", () => {
    const { jobs, env } = readJobs(text);
    expect(JSON.stringify(env)).not.toMatch(/token|secret/i);
    const steps = Object.entries(jobs).flatMap(([id, job]) => job.steps.map((step) => ({ id, ...step })));
    const holders = steps.filter((step) => /token|secret/i.test(JSON.stringify(step.env ?? {})));
    expect(holders.map(({ run }) => run)).toEqual(
      holders.map(() => expect.stringMatching(/ release --image| deploy [a-z]+ "\$DIGEST" --image/)),
    );
    expect(holders.map(({ id }) => id)).not.toContain("check");
    expect(text).not.toMatch(/\{\{[^}']*\bsecrets\b/);
  });

  it("has outputs only of a step that is there (plan: fault 1)", () => {
    const { steps, outputs } = readJobs(text).jobs["release"]!;
    expect(steps.filter(({ id }) => id === "release")).toHaveLength(1);
    expect(outputs).toEqual({
      digest: "${{ steps.release.outputs.digest }}",
      tags: "${{ steps.release.outputs.tags }}",
      version: "${{ steps.release.outputs.version }}",
    });
  });
});

describe("the events", () => {
  it("are those of the plan", () => {
    expect(readJobs(generate()).on).toEqual({
      push: { branches: ["main", "develop"], tags: ["v*"] },
      pull_request: { branches: ["main"] },
    });
  });

  it("take a branch for its name and not for a pattern", () => {
    expect(readJobs(generate({ branches: ["a*b[c]!+?"] })).on["push"]).toMatchObject({
      branches: [String.raw`a\*b\[c\]\!\+\?`],
    });
  });

  const push = {
    event_name: "push",
    actor: "ann",
    repository: "acme/app",
    ref: "refs/heads/main",
    sha: "abc",
    event: {},
  };
  const pull = (head: object | null, actor = "ann") => ({
    ...push,
    event_name: "pull_request",
    actor,
    ref: "refs/pull/7/merge",
    event: { pull_request: { head: { repo: head } } },
  });
  const own = { full_name: "Acme/App" };

  it.each<[string, object, readonly string[], readonly string[]]>([
    ["a push", push, ["build", "release"], ["release"]],
    ["a push that Dependabot made", { ...push, actor: "dependabot[bot]" }, ["build", "release"], ["release"]],
    ["a pull request of our own", pull(own), ["build", "release"], ["release"]],
    ["a pull request from a fork", pull({ full_name: "eve/app" }), ["check"], ["check"]],
    ["one from a fork that is gone", pull(null), ["check"], ["check"]],
    [
      "one from Dependabot, for which GitHub keeps no right back",
      pull(own, "dependabot[bot]"),
      ["check"],
      ["check"],
    ],
  ])("of %s start what may write only where the code is ours (P23)", (_, github, spread, alone) => {
    expect(startedBy(readJobs(generate()), github)).toEqual(spread);
    expect(startedBy(readJobs(generate({ platforms: ["linux/arm64"] })), github)).toEqual(alone);
  });

  it("of the same pull request share a group, those of two commits do not (P5, plan: fault 26)", () => {
    const { concurrency } = readJobs(generate());
    const last = /\$\{\{ ([^}]*) \}\}$/.exec(concurrency.group)![1]!;
    const cancels = /^\$\{\{ (.*) \}\}$/.exec(concurrency["cancel-in-progress"])![1]!;
    expect(concurrency.group).toMatch(/^\$\{\{ github\.workflow \}\}-\$\{\{ github\.ref \}\}-/);
    expect(holds(`(${last}) == 'abc'`, push)).toBe(true);
    expect(holds(`(${last}) == true`, pull(own))).toBe(true);
    expect([holds(cancels, push), holds(cancels, pull(own))]).toEqual([false, true]);
  });
});

describe("the jobs", () => {
  const { build, release, check } = readJobs(generate()).jobs as Record<"build" | "release" | "check", Job>;

  it("have the rights that each uses, and the workflow has none (P3, plan: faults 2 and 31)", () => {
    expect(readJobs(generate()).permissions).toEqual({});
    const pushes = { contents: "read", packages: "write" };
    expect([build, release, check].map(({ permissions }) => permissions)).toEqual([
      pushes,
      pushes,
      { contents: "read" },
    ]);
    const more = readJobs(generate({ grants: ["id-token", "statuses"] })).jobs;
    expect(more["release"]!.permissions).toEqual({ ...pushes, "id-token": "write", statuses: "write" });
    expect(more["build"]!.permissions).toEqual(pushes);
  });

  it("build each platform on a machine that is one (P10, plan: fault 23)", () => {
    expect(build.strategy).toEqual({
      "fail-fast": false,
      matrix: {
        include: [
          { platform: "linux/amd64", runner: "ubuntu-24.04" },
          { platform: "linux/arm64", runner: "ubuntu-24.04-arm" },
        ],
      },
    });
    expect(check.strategy).toEqual(build.strategy);
    expect(generate()).not.toMatch(/qemu/);
  });

  it("emulate only what no machine is", () => {
    const text = generate({ platforms: ["linux/amd64", "linux/arm/v7"] });
    expect(text).toMatch(/platform: linux\/arm\/v7, runner: ubuntu-24\.04, emulated: true \}/);
    expect(text).toMatch(/if: matrix\.emulated\n\s+run: .*qemu-user-static/);
    expect(generate({ platforms: ["linux/riscv64"] })).not.toMatch(/if: matrix/);
  });

  it("end in a time", () => {
    expect([build, release, check].map((job) => job["timeout-minutes"])).toEqual([60, 30, 60]);
  });

  it("see the whole history and leave no credentials behind", () => {
    const checkouts = [build, release, check].map(({ steps }) => steps[0]!.with);
    expect(checkouts).toEqual(checkouts.map(() => ({ "fetch-depth": 0, "persist-credentials": false })));
  });

  it("have no cache that could fail a build (P12, plan: fault 22)", () => {
    const nodes = [build, release, check].map(({ steps }) => steps[1]!.with);
    expect(nodes).toEqual(nodes.map(() => ({ "node-version": 24, "package-manager-cache": false })));
    expect(generate()).not.toMatch(/actions\/cache|type=gha/);
  });

  it("do nothing after they have published: no scan comes late, no cleanup deletes (plan: faults 3, 4, 11 to 21, 30)", () => {
    expect(build.steps.at(-1)!.run).toMatch(/--partial$/);
    expect(release.steps.at(-1)!.run).toMatch(/--merge$/);
    expect(Object.keys(readJobs(generate()).jobs)).toEqual(["build", "release", "check"]);
  });

  it("install what the tests need where they run, and not where platforms are merged", () => {
    const installs = ({ steps }: Job): boolean => steps.some(({ run }) => run === "npm ci");
    expect([build, check, release].map(installs)).toEqual([true, true, false]);
    expect(installs(readJobs(generate({ tools: LOCKED })).jobs["release"]!)).toBe(true);
  });
});

describe("the jobs that deploy", () => {
  const { jobs } = readJobs(generate({ environments: ["staging", "production"] }));
  const [staging, production] = [jobs["deploy-staging"]!, jobs["deploy-production"]!];

  it("take the digest that was released from one environment to the next (P8, plan: fault 30)", () => {
    expect(Object.keys(jobs)).toEqual(["build", "release", "deploy-staging", "deploy-production", "check"]);
    expect(staging.needs).toEqual(["release"]);
    expect(production.needs).toEqual(["release", "deploy-staging"]);
    const step = production.steps.at(-1)!;
    expect(step.run).toMatch(/ deploy production "\$DIGEST" --image "\$IMAGE" --wait$/);
    expect(step.env).toMatchObject({ DIGEST: "${{ needs.release.outputs.digest }}" });
  });

  it("leave approvals to the environment of GitHub, and take only what was pushed to where releases come from", () => {
    expect([staging, production].map(({ environment }) => environment)).toEqual(["staging", "production"]);
    expect(staging.if).toContain("github.event_name == 'push'");
    expect(staging.if).toContain("github.event.repository.default_branch");
  });

  it("go on one at a time, and end what they have begun", () => {
    expect(staging.concurrency).toEqual({ group: "deploy-staging", "cancel-in-progress": false });
    expect(staging.permissions).toEqual({ contents: "read", packages: "write" });
  });
});

describe("the scripts, run", () => {
  const evil = 'x"; touch $STRAY; `touch $STRAY` $(touch $STRAY) *';
  const scriptsOf = (text: string): readonly string[] =>
    Object.values(readJobs(text).jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

  it("hand values over as they are, whatever is in them", () => {
    const { jobs } = readJobs(generate());
    const { commands, strays, status } = runScript(jobs["build"]!.steps.at(-1)!.run!, {
      IMAGE: evil,
      PLATFORM: evil,
    });
    expect({ status, strays }).toEqual({ status: 0, strays: [] });
    expect(commands).toEqual([
      ["npx", "--yes", "seaworthy@1.2.3", "release", "--image", evil, "--platform", evil, "--partial"],
    ]);
  });

  it("name the image once, and leave its case to seaworthy (P24, plan: fault 10)", () => {
    expect(readJobs(generate()).env).toEqual({ IMAGE: "ghcr.io/${{ github.repository }}" });
    expect(generate().match(/github\.repository \}\}/g)).toHaveLength(1);
    const { commands } = runScript(readJobs(generate()).jobs["release"]!.steps.at(-1)!.run!, {
      IMAGE: "ghcr.io/Acme/App",
    });
    expect(commands).toEqual([
      ["npx", "--yes", "seaworthy@1.2.3", "release", "--image", "ghcr.io/Acme/App", "--merge"],
    ]);
  });

  it("let the machine build before they build", () => {
    const script = scriptsOf(generate()).find((run) => run.includes("doctor"))!;
    expect(runScript(script, {}).commands).toEqual([
      ["sudo", "sysctl", "--ignore", "--write", "kernel.apparmor_restrict_unprivileged_userns=0"],
      ["npx", "--yes", "seaworthy@1.2.3", "doctor", "--fix", "--quiet"],
    ]);
  });

  it("are the commands of a laptop: no script holds more than a command a line (P26)", () => {
    const lines = scriptsOf(generate()).flatMap((run) => run.trim().split("\n"));
    expect(
      lines.filter(
        (line) => !/^(?:npm ci|sudo sysctl [\w. =-]+|npx --yes seaworthy@1\.2\.3 [\w "$-]+)$/.test(line),
      ),
    ).toEqual([]);
  });
});

describe("the check against GitHub's parser", () => {
  it.each<[string, (text: string) => string, RegExp]>([
    [
      "an unknown key of the workflow",
      (text) => text.replace("defaults:", "default:"),
      /Unexpected value 'default'/,
    ],
    [
      "an unknown key of a job",
      (text) => text.replace("timeout-minutes", "timeout"),
      /Unexpected value 'timeout'/,
    ],
    [
      "an unknown right",
      (text) => text.replace("packages: write", "package: write"),
      /Unexpected value 'package'/,
    ],
    [
      "an unknown event",
      (text) => text.replace("pull_request:", "pull_requests:"),
      /Unexpected value 'pull_requests'/,
    ],
    [
      "a job that needs none that is there",
      (text) => text.replace("needs: build", "needs: bild"),
      /unknown job 'bild'/,
    ],
    [
      "an expression that is none",
      (text) => text.replace("matrix.platform }}", "matrix.platform +}}"),
      /Unexpected symbol/,
    ],
    ["a context that is not there", (text) => text.replace("matrix.runner", "runer.name"), /runer/],
    ["a step that does nothing", (text) => text.replace(/run: npm ci/, "ran: npm ci"), /ran|run|uses/],
    ["a tab", (text) => text.replace("    name:", "\tname:"), /tab|YAML|indent/i],
  ])("finds %s", async (_, spoil, message) => {
    const spoilt = spoil(generate());
    expect(spoilt).not.toBe(generate());
    expect((await workflowFaults(spoilt)).join("\n")).toMatch(message);
  });
});
