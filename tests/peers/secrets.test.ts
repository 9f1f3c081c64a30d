import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missing, peer } from "./peers.ts";

const PRIVATE = ["PRI", "VATE"].join("");

const SEAWORTHY = join(import.meta.dirname, "../../packages/seaworthy/bin/seaworthy.js");

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

/** What gitleaks finds and we do not, each with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {};

interface Leak {
  readonly RuleID: string;
  readonly File: string;
  readonly StartLine: number;
  readonly EndLine: number;
}

describe.skipIf(missing !== undefined)("secrets, beside gitleaks", () => {
  let dir: string;
  let tree: string;
  beforeAll(async () => {
    dir = await mkdtemp("/tmp/seaworthy-");
    tree = join(dir, "tree");
    for (const [path, lines] of Object.entries(FILES)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), `${lines.join("\n")}\n`);
    }
    git("init", "-q");
    git("add", "-A");
    git("-c", "user.name=me", "-c", "user.email=me@localhost", "commit", "-qm", "work");
  });
  afterAll(() => rm(dir, { recursive: true }));

  const git = (...args: readonly string[]): Buffer => execFileSync("git", ["-C", tree, ...args]);

  async function theirs(command: string): Promise<readonly Leak[]> {
    const report = join(dir, `${command}.json`);
    const options = ["--no-banner", "--exit-code", "0", "--report-format", "json", "--report-path", report];
    await peer("gitleaks", command, ...options, tree);
    return JSON.parse(await readFile(report, "utf8")) as Leak[];
  }

  function ours(...args: readonly string[]): ReadonlySet<string> {
    // Ends with 3 for what it finds.
    const script = 'node "$@" || test $? = 3';
    const out = execFileSync("sh", ["-c", script, "sh", SEAWORTHY, "secrets", "--json", ...args], {
      cwd: tree,
    });
    const { findings } = JSON.parse(out.toString()) as {
      findings: { where: { path: string; line: number } }[];
    };
    return new Set(findings.map(({ where }) => `${where.path}:${where.line}`));
  }

  const pathOf = ({ File }: Leak): string => File.replace(`${tree}/`, "");
  /** Theirs is what the rule matched, ours where the secret begins. */
  const linesOf = ({ StartLine, EndLine }: Leak): readonly number[] =>
    Array.from({ length: EndLine - StartLine + 1 }, (_, index) => StartLine + index);

  it.each([
    ["dir", []],
    ["git", ["--history"]],
  ])("finds each line that gitleaks %s finds, or says why not", async (command, args) => {
    const leaks = await theirs(command);
    expect(leaks.length).toBeGreaterThan(20);
    const found = ours(...args);
    const missed = leaks
      .filter((leak) => !linesOf(leak).some((line) => found.has(`${pathOf(leak)}:${line}`)))
      .map((leak) => [leak.RuleID, `${pathOf(leak)}:${leak.StartLine}`] as const)
      .filter(([rule]) => !(rule in LEFT_OUT));
    expect(missed).toEqual([]);
  });
});

it.runIf(missing !== undefined)("needs the other tools", ({ skip }) => {
  skip(missing);
  expect.unreachable();
});
