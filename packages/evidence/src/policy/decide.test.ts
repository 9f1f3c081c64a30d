import { type Descriptor, type Repository, memoryStore } from "@seaworthy/oci";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type StoredIndex, putIndex } from "../../test/stored.ts";
import { attachStatement } from "../attach.ts";
import { generateKey, keyPair } from "../signing/key-pair.ts";
import { keySigner } from "../signing/key-signer.ts";
import { keyIdOf, readPublicKey } from "../signing/public-key.ts";
import { signImage } from "../signing/sign-image.ts";
import type { Signer } from "../signing/signer.ts";
import { keyVerifier } from "../signing/verify-key.ts";
import { statementAbout } from "../statement.ts";
import { collectEvidence } from "./collect.ts";
import { decide, isLetThrough } from "./decide.ts";
import type { Decision, EvidenceRule, Policy, TrustedSigner } from "./policy.ts";
import { verifierOf } from "./trusted.ts";

const NAME = "registry.example/acme/app";
const NOW = new Date("2026-06-15T12:00:00Z");
const HOUR = 3_600_000;
const TESTS = "https://in-toto.io/attestation/test-result/v0.1";
const VERIFY = "https://seaworthy.dev/verify-result/v1";
const SCAN = "https://in-toto.io/attestation/vulns/v0.2";
const PROVENANCE = "https://slsa.dev/provenance/v1";

interface Party {
  readonly signer: Signer;
  readonly trusted: TrustedSigner;
  readonly verifier: ReturnType<typeof keyVerifier>;
}

async function party(name: string): Promise<Party> {
  const key = keyPair(await generateKey());
  const publicKey = readPublicKey(key.publicKey);
  const trusted = { kind: "key", keyId: keyIdOf(publicKey), name } as const;
  return { signer: keySigner(key), trusted, verifier: keyVerifier(publicKey) };
}

let us: Party;
let others: Party;
beforeAll(async () => {
  us = await party("release.pub");
  others = await party("others.pub");
});

let repository: Repository;
let stored: StoredIndex;
beforeEach(async () => {
  repository = memoryStore();
  stored = await putIndex(repository);
});

async function ask(policy: Partial<Policy>): Promise<readonly Decision[]> {
  const whole: Policy = { signatures: [[us.trusted]], evidence: [], ...policy };
  const keyOf = (keyId: string) => (keyId === (us.trusted as { keyId: string }).keyId ? us : others).verifier;
  const verifier = verifierOf(whole, keyOf, () => Promise.reject(new Error("no certificates here")));
  const collection = await collectEvidence(repository, stored.index, { verifier, names: [NAME] });
  return decide(collection, whole, NOW);
}

/** Answers to a rule alone, the image being signed. */
async function askAbout(rule: EvidenceRule): Promise<readonly string[]> {
  const decisions = await ask({ evidence: [rule] });
  return decisions
    .filter(({ requirement }) => requirement !== "signature")
    .map(({ subject, status, found }) => `${subject} ${status}: ${found}`);
}

const attach = (subject: Descriptor, predicateType: string, predicate: unknown, { signer }: Party = us) =>
  attachStatement(repository, subject, statementAbout(subject, { name: NAME, predicateType, predicate }), {
    signer,
  });

describe("required signatures", () => {
  it("let an image through that is signed with all its platforms", async () => {
    await signImage(repository, stored.index, { signer: us.signer, name: NAME });
    const decisions = await ask({});
    expect(decisions.map(({ subject, status }) => [subject, status])).toEqual([
      ["image", "met"],
      ["linux/amd64", "met"],
      ["linux/arm64", "met"],
    ]);
    expect(decisions[0]?.found).toBe("signed by key release.pub");
    expect(isLetThrough(decisions)).toBe(true);
  });

  it("are missing where nobody signed, and each digest is named", async () => {
    const decisions = await ask({});
    expect(decisions.map(({ subject, status }) => `${subject} ${status}`)).toEqual([
      "image missing",
      "linux/amd64 missing",
      "linux/arm64 missing",
    ]);
    expect(decisions[0]).toMatchObject({ found: "none", expected: "key release.pub" });
    expect(isLetThrough(decisions)).toBe(false);
  });

  it("are missing where only the index is signed", async () => {
    await signImage(repository, stored.index, { signer: us.signer, name: NAME });
    for (const platform of stored.platforms) {
      const [signature] = await repository.referrers(platform.digest);
      await repository.delete(signature!);
    }
    expect((await ask({})).map(({ status }) => status)).toEqual(["met", "missing", "missing"]);
  });

  it("fail where somebody else signed, who is named", async () => {
    await signImage(repository, stored.index, { signer: others.signer, name: NAME });
    const [decision] = await ask({});
    expect(decision).toMatchObject({
      status: "failed",
      found: expect.stringMatching(/^says it is by key SHA256:/),
      expected: "key release.pub",
    });
  });

  it("take one of several in a list, and each of several lists", async () => {
    await signImage(repository, stored.index, { signer: others.signer, name: NAME });
    expect(isLetThrough(await ask({ signatures: [[us.trusted, others.trusted]] }))).toBe(true);
    expect(isLetThrough(await ask({ signatures: [[us.trusted], [others.trusted]] }))).toBe(false);
    await signImage(repository, stored.index, { signer: us.signer, name: NAME });
    expect(isLetThrough(await ask({ signatures: [[us.trusted], [others.trusted]] }))).toBe(true);
  });

  it("are met at the older tag", async () => {
    await signImage(repository, stored.index, { signer: us.signer, name: NAME, tagScheme: true });
    for (const subject of [stored.index, ...stored.platforms]) {
      for (const referrer of await repository.referrers(subject.digest)) await repository.delete(referrer);
    }
    expect(isLetThrough(await ask({}))).toBe(true);
  });

  it("are not met by those of another repository, or by another statement of the right key", async () => {
    await signImage(repository, stored.index, { signer: us.signer, name: "registry.example/else" });
    await attach(stored.index, TESTS, { result: "PASSED" });
    expect((await ask({})).map(({ status }) => status)).toEqual(["missing", "missing", "missing"]);
  });
});

it("lets nothing through where a policy requires nothing", async () => {
  const decisions = await ask({ signatures: [], evidence: [] });
  expect(isLetThrough(decisions)).toBe(false);
  expect(isLetThrough([])).toBe(false);
});

describe("required evidence", () => {
  it("is missing where there is none, or none that a trusted one signed", async () => {
    expect(await askAbout({ kind: "tests" })).toEqual(["image missing: none"]);
    const predicate = { result: "PASSED" };
    const statement = statementAbout(stored.index, { name: NAME, predicateType: TESTS, predicate });
    await attachStatement(repository, stored.index, statement);
    await attach(stored.index, TESTS, { result: "PASSED" }, others);
    const [answer] = await ask({ signatures: [], evidence: [{ kind: "tests", signedBy: [us.trusted] }] });
    expect(answer).toMatchObject({ status: "missing", found: expect.stringContaining("unsigned") });
  });

  it("counts by whom the rule trusts, in place of the policy's signers", async () => {
    await attach(stored.index, TESTS, { result: "PASSED" }, others);
    expect(await askAbout({ kind: "tests" })).toEqual([expect.stringContaining("missing")]);
    expect(await askAbout({ kind: "tests", signedBy: [others.trusted] })).toEqual([
      expect.stringMatching(/^image met: PASSED, signed by key/),
    ]);
  });

  it("has to be about each platform where one says nothing of another", async () => {
    await attach(stored.index, VERIFY, { status: "passed" });
    await attach(stored.platforms[0]!, VERIFY, { status: "passed" });
    expect(await askAbout({ kind: "verify" })).toEqual([
      expect.stringMatching(/^linux\/amd64 met/),
      "linux/arm64 missing: none",
    ]);
  });

  it("may be about the image or about every platform where either says it all", async () => {
    const good = { runDetails: { builder: { id: "https://ci" } } };
    expect(await askAbout({ kind: "provenance" })).toEqual(["image missing: none"]);
    await attach(stored.platforms[0]!, PROVENANCE, good);
    expect(await askAbout({ kind: "provenance" })).toEqual([
      expect.stringMatching(/^linux\/amd64 met/),
      "linux/arm64 missing: none",
    ]);
    await attach(stored.index, PROVENANCE, good);
    expect(await askAbout({ kind: "provenance" })).toEqual([expect.stringMatching(/^image met/)]);
  });

  it("of the image that fails is not made up for by its platforms", async () => {
    const by = (id: string): object => ({ runDetails: { builder: { id } } });
    await attach(stored.index, PROVENANCE, by("https://evil"));
    for (const platform of stored.platforms) await attach(platform, PROVENANCE, by("https://ci"));
    expect(await askAbout({ kind: "provenance", builder: "https://ci" })).toEqual([
      expect.stringMatching(/^image failed: https:\/\/evil/),
    ]);
  });

  it("of any other kind is asked for by its type", async () => {
    const rule = { kind: "statement", type: "https://example.org/reviewed/v1" } as const;
    expect(await askAbout(rule)).toEqual(["image missing: none"]);
    await attach(stored.index, rule.type, {});
    expect(await askAbout(rule)).toEqual([expect.stringMatching(/^image met: signed by/)]);
  });
});

describe("what evidence has to say", () => {
  it.each<[string, EvidenceRule, string, unknown, string]>([
    ["passed tests", { kind: "tests" }, TESTS, { result: "PASSED" }, "met: PASSED"],
    ["failed tests", { kind: "tests" }, TESTS, { result: "FAILED" }, "failed: FAILED"],
    ["tests without a result", { kind: "tests" }, TESTS, null, "failed: no result"],
    [
      "all the tests asked for",
      { kind: "tests", names: ["unit"] },
      TESTS,
      { result: "PASSED", passedTests: ["unit", "lint"] },
      "met: PASSED",
    ],
    [
      "not all the tests asked for",
      { kind: "tests", names: ["unit", "e2e"] },
      TESTS,
      { result: "PASSED", passedTests: ["unit"] },
      "failed: 1 passed, without e2e",
    ],
    [
      "the builder",
      { kind: "provenance", builder: "https://ci" },
      PROVENANCE,
      { runDetails: { builder: { id: "https://ci" } } },
      "met: https://ci",
    ],
    [
      "a builder that only begins like it",
      { kind: "provenance", builder: "https://ci" },
      PROVENANCE,
      { runDetails: { builder: { id: "https://ci.evil" } } },
      "failed: https://ci.evil",
    ],
    [
      "a builder that a pattern matches whole",
      { kind: "provenance", builderPattern: "https://ci/.*@refs/tags/v.*" },
      PROVENANCE,
      { runDetails: { builder: { id: "https://ci/a@refs/tags/v1" } } },
      "met: https://ci",
    ],
    [
      "a builder that a pattern matches inside",
      { kind: "provenance", builderPattern: "https://ci" },
      PROVENANCE,
      { runDetails: { builder: { id: "https://evil/https://ci" } } },
      "failed: https://evil",
    ],
    [
      "the source",
      { kind: "provenance", source: "https://github.com/acme/web" },
      PROVENANCE,
      { buildDefinition: { externalParameters: { source: { uri: "git+https://github.com/acme/web.git" } } } },
      "met: git+https",
    ],
    [
      "the source as GitHub attests it",
      { kind: "provenance", source: "https://github.com/acme/web" },
      PROVENANCE,
      {
        buildDefinition: { externalParameters: { workflow: { repository: "https://github.com/acme/web" } } },
      },
      "met: https",
    ],
    [
      "another source",
      { kind: "provenance", source: "https://github.com/acme/web" },
      PROVENANCE,
      { buildDefinition: { externalParameters: { source: { uri: "https://github.com/evil/web" } } } },
      "failed: https://github.com/evil/web",
    ],
    [
      "the builder, and another source",
      { kind: "provenance", builder: "https://ci", source: "https://github.com/acme/web" },
      PROVENANCE,
      { runDetails: { builder: { id: "https://ci" } } },
      "failed: nothing",
    ],
    [
      "no secrets",
      { kind: "secrets" },
      "https://seaworthy.dev/secrets-result/v1",
      { result: "PASSED" },
      "met: PASSED",
    ],
    [
      "a record",
      { kind: "record" },
      "https://seaworthy.dev/release-record/v1",
      { finishedAt: "2026-06-15T11:00:00Z" },
      "met: signed by",
    ],
  ])("%s", async (_, rule, type, predicate, answer) => {
    await attach(stored.index, type, predicate);
    const [first, ...more] = await askAbout(rule);
    expect(more).toEqual([]);
    expect(first!.slice("image ".length)).toMatch(new RegExp(`^${answer.replaceAll(/[+?.]/g, "\\$&")}`));
  });

  it.each<[string, EvidenceRule, unknown, string]>([
    ["was run", { kind: "verify" }, { status: "passed" }, "met: passed"],
    ["failed", { kind: "verify" }, { status: "failed" }, "failed: failed"],
    ["was not run", { kind: "verify" }, { status: "not-run", reason: "no qemu" }, "failed: not-run: no qemu"],
    [
      "was not run, which is allowed",
      { kind: "verify", allowNotRun: true },
      { status: "not-run", reason: "no qemu" },
      "met: not-run: no qemu",
    ],
    [
      "failed, where not running is allowed",
      { kind: "verify", allowNotRun: true },
      { status: "failed" },
      "failed: failed",
    ],
  ])("a platform that %s", async (_, rule, predicate, answer) => {
    for (const platform of stored.platforms) await attach(platform, VERIFY, predicate);
    const answers = await askAbout(rule);
    expect(
      answers.map((text) => text.slice("linux/amd64 ".length, "linux/amd64 ".length + answer.length)),
    ).toEqual([answer, answer]);
  });

  const finding = (id: string, score: string | number | undefined, annotations: readonly object[] = []) => ({
    id,
    severity: score === undefined ? [] : [{ method: "CVSS_V3", score }],
    annotations,
  });

  it.each<[string, unknown, string]>([
    ["nothing", { scanner: { result: [] } }, "met: 0 findings"],
    ["less", { scanner: { result: [finding("CVE-1", "6.9"), finding("CVE-2", "low")] } }, "met: 2 findings"],
    ["as much by score", { scanner: { result: [finding("CVE-1", "7.0")] } }, "failed: CVE-1 high"],
    ["as much by word", { scanner: { result: [finding("CVE-1", "HIGH")] } }, "failed: CVE-1 high"],
    ["more", { scanner: { result: [finding("CVE-1", 9.8)] } }, "failed: CVE-1 critical"],
    [
      "what has no severity",
      { scanner: { result: [finding("X", undefined)] } },
      "failed: X of unknown severity",
    ],
    [
      "what has a strange severity",
      { scanner: { result: [finding("X", "bad")] } },
      "failed: X of unknown severity",
    ],
    ["what is null", { scanner: { result: [null] } }, "failed: no id of unknown severity"],
    [
      "what is excepted",
      { scanner: { result: [finding("CVE-1", "9.8", [{ exception: { reason: "not reachable" } }])] } },
      "met: 1 findings",
    ],
    ["no list", { scanner: {} }, "failed: no list of findings"],
    [
      "many",
      { scanner: { result: ["1", "2", "3", "4", "5", "6", "7"].map((id) => finding(id, "high")) } },
      "failed: 1 high, 2 high, 3 high, 4 high, 5 high, and 2 more",
    ],
  ])("a scan that must be below high and found %s", async (_, predicate, answer) => {
    for (const platform of stored.platforms) await attach(platform, SCAN, predicate);
    const [first] = await askAbout({ kind: "scan", below: "high" });
    expect(first!.slice("linux/amd64 ".length)).toMatch(new RegExp(`^${answer}`));
  });
});

describe("the age of evidence", () => {
  const scanned = (hoursAgo: number, result: readonly object[] = []): object => ({
    scanner: { result },
    metadata: { scanFinishedOn: new Date(NOW.getTime() - hoursAgo * HOUR).toISOString() },
  });
  const scan = async (predicate: object): Promise<void> => {
    for (const platform of stored.platforms) await attach(platform, SCAN, predicate);
  };
  const young: EvidenceRule = { kind: "scan", below: "high", maxAge: 24 * HOUR };

  it.each<[string, number, string]>([
    ["young enough", 23, "met: 0 findings"],
    ["as old as allowed", 24, "met: 0 findings"],
    ["too old", 49, "failed: 2 days old"],
    ["of the future", -1, "failed: a time to come"],
  ])("is %s", async (_, hours, answer) => {
    await scan(scanned(hours));
    expect((await askAbout(young))[0]!.slice("linux/amd64 ".length)).toMatch(new RegExp(`^${answer}`));
  });

  it("is not what a label says that nobody signed", async () => {
    const now = (): Date => NOW;
    for (const platform of stored.platforms) {
      const statement = statementAbout(platform, {
        name: NAME,
        predicateType: SCAN,
        predicate: { scanner: { result: [] } },
      });
      await attachStatement(repository, platform, statement, { signer: us.signer, now });
    }
    expect(await askAbout(young)).toEqual([
      "linux/amd64 failed: no time that is signed",
      "linux/arm64 failed: no time that is signed",
    ]);
  });

  it("decides which word counts: the newest", async () => {
    const bad = [{ id: "CVE-1", severity: [{ score: "9.8" }] }];
    await scan(scanned(10));
    await scan(scanned(2, bad));
    expect((await askAbout(young))[0]).toMatch(/failed: CVE-1 critical/);
    await scan(scanned(1));
    expect((await askAbout(young))[0]).toMatch(/met/);
  });

  it("is as good as none where a word without time may be the newest", async () => {
    await scan(scanned(1));
    await scan({ scanner: { result: [{ id: "CVE-1", severity: [{ score: "9.8" }] }] } });
    expect((await askAbout({ kind: "scan", below: "high" }))[0]).toMatch(/failed: CVE-1 critical/);
  });
});

describe("a required deployment", () => {
  const DEPLOYMENT = "https://seaworthy.dev/deployment/v1";
  const went = (environment: string, outcome: string, hour: number) =>
    attach(stored.index, DEPLOYMENT, { environment, outcome, at: `2026-06-15T0${hour}:00:00Z` });
  const rule: EvidenceRule = { kind: "deployment", environment: "staging" };

  it("is met where the image ran well there, whatever became of it elsewhere", async () => {
    await went("staging", "healthy", 1);
    await went("production", "failed", 2);
    expect(await askAbout(rule)).toEqual(["image met: healthy in staging, signed by key release.pub"]);
  });

  it("is missing where it was never there", async () => {
    await went("production", "healthy", 1);
    expect(await askAbout(rule)).toEqual(["image missing: none"]);
  });

  it("fails where it went wrong there since", async () => {
    await went("staging", "healthy", 1);
    await went("staging", "failed", 2);
    expect((await askAbout(rule))[0]).toMatch(/^image failed: failed in staging/);
  });
});
