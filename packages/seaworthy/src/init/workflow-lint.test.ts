import { describe, expect, it } from "vitest";
import { githubWorkflow } from "./github/workflow.ts";
import { RULES } from "./lint/rules.ts";
import { lintWorkflow } from "./workflow-lint.ts";

const COMMIT = "3d3c42e5aac5ba805825da76410c181273ba90b1";

/** A workflow that breaks no rule; cases put something into it. */
const workflow = ({ top = "", job = "", steps = "", on = "push", runsOn = "ubuntu-24.04" } = {}): string => `
on: ${on}
permissions: {}
concurrency: { group: one }
${top}
jobs:
  one:
    runs-on: ${runsOn}
    timeout-minutes: 5
    permissions: { contents: read }
${job}
    steps:
      - run: npm test
${steps}
`;

const step = (text: string): string => workflow({ steps: `      - ${text}` });
const found = (text: string): readonly string[] =>
  lintWorkflow(text).map((finding) => `${finding.rule}: ${finding.found}`);

/** The rule, a workflow that breaks it and no other, and what is found. */
const CASES: readonly (readonly [string, string, string])[] = [
  // P3: floating references were how secrets were stolen.
  [
    "unpinned-uses",
    step("uses: actions/checkout@v4\n        with: { persist-credentials: false }"),
    "actions/checkout@v4",
  ],
  [
    "unpinned-uses",
    step("uses: aquasecurity/trivy-action@master # plan: fault 12"),
    "aquasecurity/trivy-action@master",
  ],
  ["unpinned-uses", step("uses: actions/upload-artifact@v3 # plan: fault 11"), "actions/upload-artifact@v3"],
  [
    "unpinned-uses",
    step("uses: actions/delete-package-versions@v4 # plan: faults 13 to 16"),
    "actions/delete-package-versions@v4",
  ],
  ["unpinned-uses", step(`uses: acme/action@${COMMIT.slice(0, 12)}`), `acme/action@${COMMIT.slice(0, 12)}`],
  ["unpinned-uses", step("uses: docker://node:24"), "docker://node:24"],
  [
    "unpinned-uses",
    workflow().replace(
      "jobs:",
      "jobs:\n  two:\n    permissions: {}\n    uses: acme/ci/.github/workflows/x.yml@main",
    ),
    "acme/ci/.github/workflows/x.yml@main",
  ],
  ["missing-permissions", workflow().replace("permissions: {}", ""), "the workflow has no permissions"],
  [
    "missing-permissions",
    workflow().replace("permissions: { contents: read }", ""),
    "job one has no permissions",
  ],
  ["wide-permissions", workflow().replace("permissions: {}", "permissions: write-all"), "write-all"],
  ["wide-permissions", workflow().replace("{ contents: read }", "read-all"), "read-all"],
  [
    "wide-permissions",
    workflow().replace("permissions: {}", "permissions: { packages: write }"),
    "packages: write",
  ],
  ["wide-permissions", workflow().replace("contents: read", "contents: write"), "contents: write"],
  ["wide-permissions", workflow().replace("contents: read", "pull-requests: write"), "pull-requests: write"],
  // P14: values of an event become part of the script.
  [
    "expression-in-script",
    step("run: echo ${{ github.event.pull_request.title }}"),
    "${{ github.event.pull_request.title }}",
  ],
  [
    "expression-in-script",
    step("run: |\n          true\n          git checkout ${{ github.head_ref }}"),
    "${{ github.head_ref }}",
  ],
  ["expression-in-script", step("run: echo ${{ inputs.name }}"), "${{ inputs.name }}"],
  ["expression-in-script", step("run: cosign sign ${{ env.IMAGE }}@x # plan: fault 1"), "${{ env.IMAGE }}"],
  [
    "expression-in-script",
    step(
      `uses: actions/github-script@${COMMIT}\n        with: { script: "log('\${{ github.event.issue.body }}')" }`,
    ),
    "${{ github.event.issue.body }}",
  ],
  ["expression-in-script", step("run: x\n        shell: ${{ inputs.shell }}"), "${{ inputs.shell }}"],
  [
    "expression-in-script",
    workflow({ top: "defaults: { run: { shell: '${{ inputs.shell }}' } }" }),
    "${{ inputs.shell }}",
  ],
  // Plan: fault 31.
  [
    "wide-secret",
    workflow({ top: "env: { TOKEN: '${{ secrets.TOKEN }}' }" }),
    "every step below can read TOKEN",
  ],
  [
    "wide-secret",
    workflow({ job: "    env: { TOKEN: '${{ github.token }}' }" }),
    "every step below can read TOKEN",
  ],
  ["missing-timeout", workflow().replace("timeout-minutes: 5", ""), "job one has no timeout-minutes"],
  ["floating-version", step("run: npx seaworthy release"), "npx seaworthy"],
  ["floating-version", step("run: npx --yes seaworthy@latest release"), "npx --yes seaworthy@latest"],
  ["floating-version", step("run: npx -y @acme/tool@1 release"), "npx -y @acme/tool@1"],
  ["floating-version", step("run: npm install --global bun"), "npm install --global bun"],
  ["floating-version", step("run: pipx install uv"), "pipx install uv"],
  [
    "floating-version",
    step("run: curl -fsSL https://example.org/install | sudo sh"),
    "curl -fsSL https://example.org/install | sudo sh",
  ],
  [
    "floating-version",
    step(
      `uses: actions/setup-node@${COMMIT}\n        with: { node-version: latest, package-manager-cache: false }`,
    ),
    "node-version: latest",
  ],
  ["floating-version", workflow({ runsOn: "ubuntu-latest" }), "ubuntu-latest"],
  [
    "floating-version",
    workflow({ runsOn: "${{ matrix.os }}", job: "    strategy: { matrix: { os: [ubuntu-latest] } }" }),
    "ubuntu-latest",
  ],
  ["floating-version", workflow({ job: "    container: node:24" }), "node:24"],
  ["floating-version", workflow({ job: "    services: { db: { image: postgres:18 } }" }), "postgres:18"],
  ["privileged-event", workflow({ on: "pull_request_target" }), "pull_request_target"],
  ["privileged-event", workflow({ on: "{ workflow_run: { workflows: [x] } }" }), "workflow_run"],
  ["kept-credentials", step(`uses: actions/checkout@${COMMIT}`), "the token stays in .git/config"],
  // P12 and fault 22 of the plan.
  [
    "failing-cache",
    step(`uses: actions/setup-node@${COMMIT}\n        with: { cache: npm }`),
    "setup-node with a cache",
  ],
  ["failing-cache", step(`uses: actions/setup-node@${COMMIT}`), "setup-node with a cache"],
  ["failing-cache", step(`uses: actions/cache@${COMMIT}`), "actions/cache"],
  [
    "failing-cache",
    step(`uses: docker/build-push-action@${COMMIT}\n        with: { cache-to: "type=gha,mode=max" }`),
    "type=gha without ignore-error=true",
  ],
  // Plan: fault 1.
  [
    "unknown-step",
    step("env: { D: '${{ steps.build.outputs.digest }}' }\n        run: x"),
    "steps.build.outputs, but no step has that id",
  ],
  [
    "unknown-step",
    workflow({ job: "    outputs: { d: '${{ steps.release.outputs.digest }}' }" }),
    "steps.release.outputs, but no step has that id",
  ],
  ["missing-concurrency", workflow().replace("concurrency: { group: one }", ""), "no concurrency"],
  // P10, and fault 23 of the plan.
  ["emulated-build", step(`uses: docker/setup-qemu-action@${COMMIT}`), "builds under QEMU"],
];

describe("lintWorkflow", () => {
  it("has nothing against a workflow that breaks no rule", () => {
    expect(lintWorkflow(workflow())).toEqual([]);
  });

  it.each(CASES.map(([rule, text, what]) => ({ rule, text, what })))(
    "$rule finds $what",
    ({ rule, text, what }) => {
      expect(found(text)).toEqual([`${rule}: ${what}`]);
    },
  );

  it("has a case for every rule", () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(CASES.map(([rule]) => rule))).toEqual(new Set(names));
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ["an action in the repository itself", step("uses: ./.github/actions/x")],
    ["an image by its digest", step(`uses: docker://node@sha256:${"a".repeat(64)}`)],
    ["npx with an exact version", step("run: npx --yes seaworthy@1.2.3-rc.1 release")],
    ["npx of what a lock file installed", step("run: npx --no -- seaworthy release")],
    ["pipx with an exact version", step("run: pipx install uv==0.11.7")],
    [
      "an expression in env",
      step("run: echo \"$T\"\n        env: { T: '${{ github.event.pull_request.title }}' }"),
    ],
    ["a token in the step that uses it", step("run: x\n        env: { T: '${{ github.token }}' }")],
    ["a cache whose step may fail", step(`uses: actions/cache@${COMMIT}\n        continue-on-error: true`)],
    [
      "outputs of a step with that id",
      workflow({
        steps:
          "      - id: a\n        run: x\n      - run: y\n        env: { D: '${{ steps.a.outputs.d }}' }",
      }),
    ],
  ])("lets %s pass", (_, text) => {
    expect(lintWorkflow(text)).toEqual([]);
  });

  it("looks for steps of the same job only", () => {
    const other =
      "  two:\n    runs-on: x\n    timeout-minutes: 1\n    permissions: {}\n    steps:\n      - { id: a, run: x }";
    const text = `${step("run: y\n        env: { D: '${{ steps.a.outputs.d }}' }")}${other}`;
    expect(found(text)).toEqual(["unknown-step: steps.a.outputs, but no step has that id"]);
  });

  it("names the line, and what to write instead", () => {
    const [finding] = lintWorkflow(step("uses: actions/cache@v4\n        continue-on-error: true"));
    expect(finding).toEqual({
      rule: "unpinned-uses",
      line: 14,
      found: "actions/cache@v4",
      hint: "name the commit: uses: owner/action@<40 hex digits> # v1.2.3",
    });
  });

  it("reads actions made of steps", () => {
    const action = (run: string): string =>
      `name: x\nruns:\n  using: composite\n  steps:\n    - { run: "${run}", shell: bash }`;
    expect(found(action("true"))).toEqual([]);
    expect(found(action("echo ${{ inputs.x }}"))).toEqual(["expression-in-script: ${{ inputs.x }}"]);
    expect(
      found(action("true").replace("runs:", "outputs: { d: { value: '${{ steps.a.outputs.d }}' } }\nruns:")),
    ).toEqual(["unknown-step: steps.a.outputs, but no step has that id"]);
  });

  it("sees through anchors", () => {
    const text = workflow({ steps: "      - &bad { run: 'echo ${{ inputs.x }}' }\n      - *bad" });
    expect(found(text)).toEqual(Array.from({ length: 2 }, () => "expression-in-script: ${{ inputs.x }}"));
  });

  it.each([
    ["no YAML", "a: [", /flow sequence|Flow/i],
    ["more than a workflow", `a: ${"x".repeat(1 << 20)}`, /at most 1048576 characters/],
    [
      "aliases that grow without end",
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${"*a,".repeat(9)}]\nc: &c [${"*b,".repeat(9)}]\nd: [${"*c,".repeat(9)}]`,
      /alias/i,
    ],
  ])("refuses %s", (_, text, message) => {
    expect(() => lintWorkflow(text)).toThrow(message);
  });

  it("is not slowed down by texts made for that", () => {
    const times = 20_000;
    const hostile = ["${{ ", "curl ", "npx ", "npm i ", "npx --a-b", "pipx install "].map((word) =>
      word.repeat(times),
    );
    const started = performance.now();
    for (const run of hostile) lintWorkflow(step(`run: ${JSON.stringify(run)}`));
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it.each([
    ["nothing", ""],
    ["a list", "- a"],
    ["jobs that are none", "jobs: [1, x]\non: [push, 3]"],
    ["steps that are none", "jobs: { a: { steps: { x: 1 } } }"],
  ])("has something to say of %s, and does not fail", (_, text) => {
    expect(found(text)).toContain("missing-permissions: the workflow has no permissions");
  });

  it("finds what is broken in one of our own, too", () => {
    const tools = { seaworthy: "npx --yes seaworthy@1.2.3", install: [], folder: ".", locked: false };
    const text = githubWorkflow({ branches: ["main"], platforms: [], tools });
    expect(found(text.replace('--image "$IMAGE"', '--image "${{ env.IMAGE }}"'))).toEqual([
      "expression-in-script: ${{ env.IMAGE }}",
    ]);
  });
});
