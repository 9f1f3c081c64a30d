import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { EvidenceError } from "../error.ts";
import { parseBaseline } from "./baseline.ts";
import { ownRules } from "./own-rules.ts";
import { type ScannerOptions, type SecretScan, secretScanner } from "./scanner.ts";

/** Put together here so that no scanner takes the file for a leak. */
const TOKEN = ["ghp", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].join("_");
const PASSWORD = ["hunter", "22", "!xQ"].join("");
const PRIVATE = ["PRI", "VATE"].join("");
const now = new Date("2026-06-15T12:00:00Z");

async function scan(
  text: string,
  { path = "src/app.js", ...options }: Partial<ScannerOptions> & { readonly path?: string } = {},
): Promise<SecretScan> {
  const scanner = secretScanner({ rules: ownRules, now, ...options });
  await scanner.scan({ where: { kind: "file", path }, text });
  return scanner.result();
}

const rulesOf = ({ findings }: SecretScan): readonly string[] => findings.map(({ rule }) => rule);

describe("a finding", () => {
  it("says where the secret is, not what it is", async () => {
    const result = await scan(`one\ntwo ${TOKEN}\nthree`);
    expect(result.findings).toEqual([
      {
        rule: "github",
        where: { kind: "file", path: "src/app.js", line: 2 },
        redacted: "ghp_…Ux (40 characters)",
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(JSON.stringify(result)).not.toContain(TOKEN);
  });

  it("shows no part of a short secret", async () => {
    const { findings } = await scan(`password: "${PASSWORD}"`);
    expect(findings.map(({ redacted }) => redacted)).toEqual(["… (under 24 characters)"]);
  });

  it("keeps its fingerprint when the secret moves to another line, and loses it with the file", async () => {
    const prints = await Promise.all([scan(TOKEN), scan(`\n\n${TOKEN}`), scan(TOKEN, { path: "other" })]);
    const [first, moved, other] = prints.map(({ findings }) => findings[0]?.fingerprint);
    expect(moved).toBe(first);
    expect(other).not.toBe(first);
  });

  it("has a fingerprint from which nobody can guess a short secret", async () => {
    const [one, another] = [await scan('passphrase = "Wq7#pL2z"'), await scan('passphrase = "mK9!vB4x"')];
    expect(one.findings[0]?.fingerprint).toBe(another.findings[0]?.fingerprint);
  });

  it("is one, however often the secret stands in a file", async () => {
    const { findings } = await scan(`${TOKEN}\n${TOKEN}\n${TOKEN}`);
    expect(findings.map(({ where }) => where.line)).toEqual([1]);
  });
});

/** Looks random and is the same each time. */
function made(prefix: string, length: number, encoding: "base64url" | "hex" = "base64url"): string {
  const random = createHash("sha512").update(prefix).digest(encoding).replaceAll(/[_-]/g, "x");
  return prefix + random.slice(0, length);
}

describe("our own rules", () => {
  it.each([
    ["aws-access-key-id", `id ${["AKIA", "Q3EGZ7NPXK5LTM2V"].join("")}`],
    ["docker-auth", `{"auths":{"x":{"auth": "${Buffer.from("someone:pa55word").toString("base64")}"}}}`],
    ["jwt", `Bearer ${made("eyJ", 30)}.${made("eyJ", 40)}.${made("", 43)}`],
    ["openai-key", `key ${made("sk-", 48)}`],
    ["google-api-key", made("AIza", 35)],
    ["digitalocean", made("dop_v1_", 64, "hex")],
    ["pypi", made("pypi-AgEI", 80)],
    ["url-credentials", `https://me:${made("", 9)}@internal/x`],
    ["generic-assignment", `client_secret = "${made("", 32)}"`],
    ["generic-assignment", `API_KEY=${made("", 32)}`],
    ["authorization-header", `-H "Authorization: Bearer ${made("", 40)}"`],
    ["curl-user", `curl -sS -u admin:${made("", 20)} localhost`],
    ["kubernetes-secret", `kind: Secret\ndata:\n  word: ${made("", 20)}=`],
    ["kubernetes-secret", `data:\n  word: ${made("", 20)}=\nkind: Secret`],
    ["private-key-block", `-----BEGIN RSA ${PRIVATE} KEY-----\nProc-Type: 4\n${made("", 80)}\n-----END`],
    ["quoted-password", `password: '${PASSWORD}'`],
  ])("find %s", async (rule, text) => expect(rulesOf(await scan(text))).toEqual([rule]));

  it.each([
    "password = process.env.DATABASE_PASSWORD",
    'password: "${DB_PASSWORD_2}"',
    'token: "{{ secrets.NPM_TOKEN_1 }}"',
    'secret = "your-secret-here-123"',
    "const tokenCount = tokens.length + 12;",
    "https://user:${PASSWORD}@host/x",
    'integrity "sha512-abc"',
    'password = "aaaaaaaaaaaa"',
  ])("leave alone: %s", async (text) => expect(rulesOf(await scan(text))).toEqual([]));

  it("expect nothing of generic shape in other people's packages", async () => {
    const text = `api_key = "${made("", 32)}"`;
    expect(rulesOf(await scan(text, { path: "usr/lib/python3/x.py" }))).toEqual([]);
    expect(rulesOf(await scan(TOKEN, { path: "usr/lib/python3/x.py" }))).toEqual(["github"]);
  });
});

describe("a comment that allows", () => {
  const allow = (rest: string): string => `// seaworthy:allow github ${rest}`;

  it.each([
    `x("${TOKEN}") ${allow('reason="revoked" expires=2026-06-15')}`,
    `${allow('reason="revoked" expires=2026-12-31')}\nx("${TOKEN}")`,
  ])("counts on the line and the one above, until its day is over", async (text) => {
    const { findings, allowed } = await scan(text);
    expect(findings).toEqual([]);
    expect(allowed).toMatchObject([{ rule: "github", reason: "revoked" }]);
    expect(JSON.stringify(allowed)).not.toContain(TOKEN);
  });

  it("is gitleaks' too", async () => {
    expect((await scan(`${TOKEN} # gitleaks:allow`)).allowed).toMatchObject([{ reason: "gitleaks:allow" }]);
  });

  it.each([
    ['reason="revoked" expires=2026-06-14', "its seaworthy:allow expired 2026-06-14"],
    ['reason="revoked"', "its seaworthy:allow has no expires=YYYY-MM-DD"],
    ['reason="revoked" expires=2026-02-31', "its seaworthy:allow has no expires=YYYY-MM-DD"],
    ["expires=2026-12-31", 'its seaworthy:allow has no reason="…"'],
    ['reason="expires=2026-12-31"', "its seaworthy:allow has no expires=YYYY-MM-DD"],
  ])("does not count, and the finding says so: %s", async (rest, note) => {
    expect((await scan(`${TOKEN} ${allow(rest)}`)).findings).toMatchObject([{ note }]);
  });

  it.each([
    `${TOKEN} // seaworthy:allow jwt reason="x" expires=2026-12-31`,
    `${TOKEN} // secretlint-disable`,
  ])("does not count for another rule, nor in another tool's words", async (text) =>
    expect(rulesOf(await scan(text))).toEqual(["github"]),
  );
});

describe("the baseline", () => {
  const entryOf = async (expires: string): Promise<string> => {
    const { findings } = await scan(TOKEN);
    const entry = { fingerprint: findings[0]?.fingerprint, reason: "old", owner: "ann", expires };
    return JSON.stringify({ version: 1, secrets: [entry] });
  };

  it("allows what it holds", async () => {
    const baseline = parseBaseline(await entryOf("2026-12-31"), "b.json");
    expect(await scan(TOKEN, { baseline })).toMatchObject({ findings: [], allowed: [{ reason: "old" }] });
  });

  it("counts for nothing once it has expired, and the finding names whose entry it was", async () => {
    const baseline = parseBaseline(await entryOf("2026-01-31"), "b.json");
    expect((await scan(TOKEN, { baseline })).findings).toMatchObject([
      { note: "ann's entry in the baseline expired 2026-01-31" },
    ]);
  });

  it.each([
    ["{", "b.json: is not JSON"],
    ["null", "b.json: expected version 1 of it"],
    ['{"version":1,"secrets":{}}', "b.json.secrets: expected a list"],
    ['{"version":1,"secrets":[null]}', "b.json.secrets[0].fingerprint: expected 64 hexadecimal digits"],
  ])("is refused where it is none: %s", (text, message) => {
    expect(() => parseBaseline(text, "b.json")).toThrow(message);
  });

  it("takes no entry without reason, owner and an end", async () => {
    const whole = await entryOf("2026-12-31");
    expect(() => parseBaseline(whole.replace('"old"', '" "'), "b")).toThrow("b.secrets[0].reason: expected");
    expect(() => parseBaseline(whole.replace('"ann"', "1"), "b")).toThrow("b.secrets[0].owner: expected");
    expect(() => parseBaseline(whole.replace("2026-12-31", "never"), "b")).toThrow("b.secrets[0].expires");
  });
});

describe("hostile text", () => {
  it("is searched to the end of a line of megabytes", async () => {
    const { findings } = await scan(`${"token=a1 ".repeat(500_000)}${TOKEN}`);
    expect(findings).toMatchObject([{ rule: "github", where: { line: 1 } }]);
  });

  it.each([
    "a",
    "key=",
    "sk-",
    "eyJ",
    "://a:",
    '"auth":"',
    "-----BEGIN PRIVATE KEY-----",
    "curl -u ",
    "kind: Secret ",
    "data:\n a: aaaaaaaaaaa\n",
    "kind: Secret data: a: ",
    "discord sentry ",
    "discord=",
    "password ",
    "key \t",
    "auth token ",
    "ZXlK",
    ".acc-sc_",
    "eyA.ey",
    "-----BEGIN A PRIVATE KEY-----a",
    " ",
  ])("of nothing but %j does not hold up our rules", async (part) => {
    const started = performance.now();
    await scan(part.repeat(Math.ceil(1_000_000 / part.length)));
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});

it("looks at nothing more once a text has failed", async () => {
  let asked = 0;
  const find = (): Promise<readonly []> => {
    asked += 1;
    return Promise.reject(new EvidenceError("slow-rule", "rule endless: found no end"));
  };
  const scanner = secretScanner({ rules: ownRules, now, find });
  const text = { where: { kind: "file", path: "a.txt" }, text: "x" } as const;
  await scanner.scan(text);
  await new Promise(setImmediate);
  for (const _ of [1, 2, 3]) await expect(scanner.scan(text)).rejects.toMatchObject({ code: "slow-rule" });
  await expect(scanner.result()).rejects.toMatchObject({ code: "slow-rule" });
  expect(asked).toBe(1);
});
