import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Leak, makeTree, missedOf, ours, theirs, track } from "./gitleaks/compare.ts";
import { plantFor } from "./gitleaks/plant.ts";
import { builtInRules } from "./gitleaks/rules.ts";
import { missing } from "./peers.ts";

const PRIVATE = ["PRI", "VATE"].join("");

/** Looks random and is the same each time; put together here so that no scanner takes the file for a leak. */
function random(seed: string, length: number, encoding: "base64" | "hex" = "base64"): string {
  const bytes = createHash("sha512").update(seed).digest(encoding).replaceAll(/[+/=]/g, "x");
  return bytes.repeat(1 + Math.floor(length / bytes.length)).slice(0, length);
}

const upper = (seed: string, length: number): string =>
  random(seed, 88)
    .toUpperCase()
    .replaceAll(/[^2-7A-Z]/g, "Q")
    .slice(0, length);

/** One secret a line, in the words that such lines have in the wild. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  "config/app.env": [
    `AWS_ACCESS_KEY_ID=${"AKIA" + upper("aws", 16)}`,
    `API_KEY=${random("api", 40)}`,
    `SECRET_TOKEN="${random("secret", 32, "hex")}"`,
    `DATABASE_PASSWORD=${random("db", 24)}`,
    `npm_token=${"npm_" + random("npm", 36).toLowerCase()}`,
    `ACCESS_TOKEN=${random("access", 48)}`,
  ],
  "src/client.ts": [
    `const githubToken = "${"ghp_" + random("github", 36)}";`,
    `const pat = "${"github_pat_" + random("pat", 82)}";`,
    `const gitlab = "${"glpat-" + random("gitlab", 20)}";`,
    `const slack = "${["xoxb", "123456789012-123456789012-"].join("-") + random("slack", 24)}";`,
    `const stripe = "${"sk_live_" + random("stripe", 24)}";`,
    `const google = "${"AIza" + random("google", 35)}";`,
    `const sendgrid = "${"SG." + random("sendgrid", 66)}";`,
    `const hf = "${"hf_" + random("hf", 88).replaceAll(/\d/g, "k").slice(0, 34)}";`,
    `const jwt = "${"eyJ" + random("jwt1", 30)}.${"eyJ" + random("jwt2", 60)}.${random("jwt3", 43)}";`,
    `const ocean = "${"dop_v1_" + random("ocean", 64, "hex")}";`,
    `const grafana = "${"glsa_" + random("grafana", 32)}_${random("sum", 8, "hex")}";`,
    `const pypi = "${"pypi-AgEIcHlwaS5vcmc" + random("pypi", 80)}";`,
    `const gem = "${"rubygems_" + random("gem", 48, "hex")}";`,
    `const age = "${["AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"].join("")}";`,
    `const anthropic = "${"sk-ant-api03-" + random("anthropic", 93) + "AA"}";`,
    `const shopify = "${"shpat_" + random("shopify", 32, "hex")}";`,
    `const vault = "${"hvs." + random("vault", 95)}";`,
    `const linear = "${"lin_api_" + random("linear", 40)}";`,
    `const pulumi = "${"pul-" + random("pulumi", 40, "hex")}";`,
    `const postman = "${"PMAK-" + random("p1", 24, "hex")}-${random("p2", 34, "hex")}";`,
    `const doppler = "${"dp.pt." + random("doppler", 43)}";`,
    `const planetscale = "${"pscale_tkn_" + random("planet", 43)}";`,
    `const client_secret = "${random("client", 40)}";`,
    `const authToken = '${random("auth", 32, "hex")}';`,
    `headers["Authorization-Key"] = "${random("header", 40)}";`,
  ],
  "deploy/key.pem": [
    `-----BEGIN RSA ${PRIVATE} KEY-----\n${random("pem", 256)}\n-----END RSA ${PRIVATE} KEY-----`,
  ],
  "script.sh": [
    `curl -H "Authorization: Bearer ${random("bearer", 40)}" https://api.acme.dev`,
    `curl -u admin:${random("basic", 24)} https://api.acme.dev`,
  ],
  "k8s/secret.yaml": [
    `kind: Secret\ndata:\n  password: ${Buffer.from(random("k8s", 24)).toString("base64")}`,
  ],
};

interface Reason {
  readonly rule: string;
  /** Of what the rule matched; all of it where this is missing. */
  readonly match?: string;
  readonly reason: string;
}

/** What gitleaks finds and we do not, each with the reason. */
const LEFT_OUT = JSON.parse(
  readFileSync(join(import.meta.dirname, "gitleaks/left-out.json"), "utf8"),
) as readonly Reason[];

const reasonFor = ({ RuleID, Match }: Leak): Reason | undefined =>
  LEFT_OUT.find(({ rule, match = "" }) => rule === RuleID && new RegExp(match).test(Match));
const withoutReason = (leaks: readonly Leak[]): readonly string[] =>
  leaks
    .filter((leak) => reasonFor(leak) === undefined)
    .map(({ RuleID, File, StartLine, Match }) => `${RuleID} ${File}:${StartLine} ${Match}`);

describe.skipIf(missing !== undefined)("secrets, beside gitleaks", () => {
  let dir: string;
  const used = new Set<Reason | undefined>();
  beforeAll(() => void (dir = mkdtempSync("/tmp/seaworthy-")));
  afterAll(() => rmSync(dir, { recursive: true }));

  it.each([
    ["dir", []],
    ["git", ["--history"]],
  ])("finds each line that gitleaks %s finds, or says why not", async (command, args) => {
    const tree = join(dir, command);
    makeTree(
      tree,
      Object.fromEntries(Object.entries(FILES).map(([path, lines]) => [path, `${lines.join("\n")}\n`])),
    );
    const leaks = await theirs(tree, join(dir, `${command}.json`), command);
    expect(leaks.length).toBeGreaterThan(20);
    expect(withoutReason(missedOf(leaks, await ours(tree, ...args)))).toEqual([]);
  });

  it("finds what each of its rules finds, or says why not", async () => {
    const rules = await builtInRules();
    const tree = join(dir, "rules");
    makeTree(tree, Object.assign({}, ...rules.map(plantFor)) as Record<string, string>);
    const leaks = await theirs(tree, join(dir, "rules.json"));
    // A few are met by what other rules have planted alone.
    const met = new Set(leaks.map(({ RuleID }) => RuleID));
    expect(rules.length).toBeGreaterThan(200);
    expect(met.size).toBeGreaterThan(rules.length - 5);
    const missed = missedOf(leaks, await ours(tree));
    for (const leak of missed) used.add(reasonFor(leak));
    expect(withoutReason(missed)).toEqual([]);
  });

  it("finds what it finds in this repository, or says why not", async () => {
    const tree = join(dir, "here");
    mkdirSync(tree);
    const root = join(import.meta.dirname, "../..");
    execFileSync("sh", ["-c", 'git -C "$1" archive HEAD | tar -x -C "$2"', "sh", root, tree]);
    track(tree);
    const leaks = await theirs(tree, join(dir, "here.json"));
    const missed = missedOf(leaks, await ours(tree));
    for (const leak of missed) used.add(reasonFor(leak));
    expect(withoutReason(missed)).toEqual([]);
  });

  it("has no reason that is out of date", () => {
    expect(LEFT_OUT.filter((reason) => !used.has(reason))).toEqual([]);
  });
});

it.runIf(missing !== undefined)("needs the other tools", ({ skip }) => {
  skip(missing);
  expect.unreachable();
});
