import { type Repository, Secret, hexOf, memoryStore } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FULCIO, REKOR, TSA, type TestSigstore, startSigstore, tokenOf } from "../../../test/sigstore.ts";
import { type StoredIndex, putIndex } from "../../../test/stored.ts";
import { attachWith } from "../../attach-with.ts";
import { findStatements } from "../../find.ts";
import { statementAbout } from "../../statement.ts";
import { withFallback } from "../fallback.ts";
import { generateKey, keyPair } from "../key-pair.ts";
import { keySigner } from "../key-signer.ts";
import { SIGNATURE_TYPE, signImage } from "../sign-image.ts";
import type { Signer } from "../signer.ts";
import { verifyTag } from "../tag-scheme/read.ts";
import { parseTrustedRoot } from "../trusted-root.ts";
import type { SignatureVerifier } from "../verifier.ts";
import { type ExpectedIdentity, identityVerifier } from "../verify-identity.ts";
import { type KeylessOptions, keylessSigner } from "./keyless.ts";

const NAME = "registry.example/acme/app";
const ISSUER = "https://token.actions.githubusercontent.com";
const WORKFLOW = "acme/app/.github/workflows/release.yml@refs/heads/main";
const IDENTITY = `https://github.com/${WORKFLOW}`;
/** Fulcio's mock takes `sub` for the identity. */
const CLAIMS = { iss: ISSUER, sub: IDENTITY, job_workflow_ref: WORKFLOW };
const EXPECTED: ExpectedIdentity = { identity: IDENTITY, issuer: ISSUER };

let sigstore: TestSigstore;
let repository: Repository;
let stored: StoredIndex;
beforeEach(async () => {
  sigstore = await startSigstore();
  repository = memoryStore();
  stored = await putIndex(repository);
});
afterEach(() => sigstore[Symbol.asyncDispose]());

const trust =
  (of = sigstore) =>
  () =>
    parseTrustedRoot(of.trustedRoot, "trusted_root.json");

function keyless(options: Partial<KeylessOptions> = {}): Signer {
  const retry = { attempts: 3, firstDelay: 1 };
  return keylessSigner({ services: sigstore.services, token: tokenOf(CLAIMS), retry, ...options });
}

const sign = (signer: Signer, tagScheme = false) =>
  signImage(repository, stored.platforms[0]!, { signer, name: NAME, tagScheme });

async function found(verifier: SignatureVerifier): Promise<readonly string[]> {
  const problems: string[] = [];
  const onProblem = ({ message }: { message: string }): void => void problems.push(message);
  const options = { predicateType: SIGNATURE_TYPE, verifier, name: NAME, onProblem };
  const accepted = await findStatements(repository, stored.platforms[0]!, options);
  return [...accepted.map(({ verified }) => verified!.by.kind), ...problems];
}

describe("signing keyless", () => {
  it("is verified by identity and issuer, with the time that the log vouches for", async () => {
    const before = Date.now() - 1_000;
    await sign(keyless());
    const options = {
      predicateType: SIGNATURE_TYPE,
      verifier: identityVerifier(EXPECTED, trust()),
      name: NAME,
    };
    const [evidence] = await findStatements(repository, stored.platforms[0]!, options);
    expect(evidence?.verified?.by).toEqual({ kind: "identity", identity: IDENTITY, issuer: ISSUER });
    expect(evidence?.verified?.at?.getTime()).toBeGreaterThanOrEqual(before);
    expect(evidence?.verified?.at?.getTime()).toBeLessThan(Date.now() + 1_000);
    expect(sigstore.asked.toSorted()).toEqual([REKOR, TSA, FULCIO].toSorted());
  });

  it.each<[string, "rekor" | "tsa"]>([
    ["a log", "rekor"],
    ["a timestamp authority", "tsa"],
  ])("needs %s to vouch for the time, and no more", async (_, witness) => {
    const { fulcio, [witness]: url } = sigstore.services;
    await sign(keyless({ services: { fulcio, [witness]: url } }));
    const root = JSON.parse(sigstore.trustedRoot.toString()) as object;
    const without = Buffer.from(JSON.stringify(witness === "tsa" ? { ...root, tlogs: [] } : root));
    const verifier = identityVerifier(EXPECTED, () => parseTrustedRoot(without, "root"));
    expect(await found(verifier)).toEqual(["identity"]);
  });

  it("does not count where the root names a log and the signature is in none", async () => {
    const { fulcio, tsa } = sigstore.services;
    await sign(keyless({ services: { fulcio, tsa } }));
    expect(await found(identityVerifier(EXPECTED, trust()))).toEqual([
      expect.stringContaining("tlog entries"),
    ]);
  });

  it("does not count where nobody vouches for the time", async () => {
    const { fulcio } = sigstore.services;
    await sign(keyless({ services: { fulcio } }));
    expect(await found(identityVerifier(EXPECTED, trust()))).toEqual([expect.stringContaining("timestamps")]);
  });

  it("is at the older tag too, with certificate and log entry", async () => {
    await sign(keyless(), true);
    expect(await repository.tags()).toEqual([`sha256-${hexOf(stored.platforms[0]!.digest)}.sig`]);
    const verifier = identityVerifier(EXPECTED, trust());
    const options = { verifier, name: NAME, onProblem: () => undefined, signal: undefined };
    const [verified] = await verifyTag(repository, stored.platforms[0]!, options);
    expect(verified?.by).toEqual({ kind: "identity", identity: IDENTITY, issuer: ISSUER });
  });

  it("signs once where the trusted root is at hand", async () => {
    const signer = keyless({ trust: trust() });
    await sign(signer);
    const [again] = await sign(signer);
    expect(again?.isNew).toBe(false);
    expect(sigstore.asked.filter((path) => path === FULCIO)).toHaveLength(1);
  });

  it("signs again where it cannot tell its own signature", async () => {
    await sign(keyless());
    const [again] = await sign(keyless({ trust: () => Promise.reject(new Error("no network")) }));
    expect(again?.isNew).toBe(true);
  });

  it("tells whose identity it is before anything is sent, once", async () => {
    const seen: unknown[] = [];
    const beforeFirst = (claims: unknown): void => void seen.push([claims, sigstore.asked.length]);
    const claims = { ...CLAIMS, repository: "acme/app", repository_visibility: "private" };
    await signImage(repository, stored.index, {
      signer: keyless({ token: tokenOf(claims), beforeFirst }),
      name: NAME,
    });
    const told = { issuer: ISSUER, identity: IDENTITY, visibility: "private", repository: "acme/app" };
    expect(seen).toEqual([[told, 0]]);
  });

  it("sends nothing where whoever was told says no", async () => {
    const beforeFirst = (): void => {
      throw new RangeError("not in public");
    };
    await expect(sign(keyless({ beforeFirst }))).rejects.toThrow("not in public");
    expect(sigstore.asked).toEqual([]);
  });

  it("stops when the signal fires", async () => {
    const controller = new AbortController();
    const beforeFirst = (): void => controller.abort();
    const signing = keyless({ beforeFirst }).sign(
      { kind: "message", bytes: Buffer.from("x") },
      controller.signal,
    );
    await expect(signing).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("identities", () => {
  const against = async (expected: ExpectedIdentity): Promise<readonly string[]> => {
    await sign(keyless());
    return found(identityVerifier(expected, trust()));
  };
  const refused = [expect.stringMatching(/^signature: expected .*, found https:\/\/github\.com\/acme\/app/)];

  it.each<[string, ExpectedIdentity, readonly unknown[]]>([
    ["the same", EXPECTED, ["identity"]],
    ["another one", { ...EXPECTED, identity: "https://github.com/evil/app" }, refused],
    ["the beginning of it", { ...EXPECTED, identity: "https://github.com/acme/app" }, refused],
    ["it as a pattern that was not asked for", { ...EXPECTED, identity: "https://github.com/.*" }, refused],
    ["another issuer", { ...EXPECTED, issuer: "https://gitlab.com" }, refused],
    ["a pattern", { identityPattern: "https://github\\.com/acme/.*", issuer: ISSUER }, ["identity"]],
    ["a pattern of the middle", { identityPattern: "acme/app", issuer: ISSUER }, refused],
    ["a pattern of the beginning", { identityPattern: "https://github\\.com/acme", issuer: ISSUER }, refused],
    ["a pattern with alternatives", { identityPattern: "x|https://github\\.com/a", issuer: ISSUER }, refused],
  ])("expected: %s", async (_, expected, answer) => expect(await against(expected)).toEqual(answer));

  it("are not those of a key", async () => {
    await sign(keySigner(keyPair(await generateKey())));
    expect(await found(identityVerifier(EXPECTED, trust()))).toEqual([
      expect.stringContaining("expected a certificate"),
    ]);
  });

  it("are not taken from an authority that is not trusted", async () => {
    await using other = await startSigstore();
    await sign(keyless());
    expect(await found(identityVerifier(EXPECTED, trust(other)))).toEqual([
      expect.stringMatching(/^signature: /),
    ]);
  });

  it("are not taken from a certificate that had expired", async () => {
    await using late = await startSigstore({ clock: new Date(Date.now() - 3_600_000) });
    await sign(keyless({ services: late.services }));
    expect(await found(identityVerifier(EXPECTED, trust(late)))).toEqual([
      expect.stringContaining("certificate is not valid or expired"),
    ]);
  });

  it("need a pattern that is one", () => {
    expect(() => identityVerifier({ identityPattern: "(", issuer: ISSUER }, trust())).toThrow(
      expect.objectContaining({ code: "invalid-trust" }),
    );
  });
});

describe("services that fail", () => {
  it.each([
    ["certificate authority", FULCIO],
    ["transparency log", REKOR],
    ["timestamp authority", TSA],
  ])("are asked again: %s", async (_, path) => {
    sigstore.break(path, { status: 502, times: 2 });
    await sign(keyless());
    expect(sigstore.asked.filter((asked) => asked === path)).toHaveLength(3);
    expect(await found(identityVerifier(EXPECTED, trust()))).toEqual(["identity"]);
  });

  it("make the next signer sign, who is told why", async () => {
    sigstore.break(REKOR, { status: 502 });
    const why: string[] = [];
    const key = keySigner(keyPair(await generateKey()));
    const signer = withFallback(keyless(), key, ({ message }) => void why.push(message));
    await signImage(repository, stored.index, { signer, name: NAME });
    expect(why).toEqual([expect.stringMatching(/^transparency log: \(502\)/)]);
    expect(await found(key.own!)).toEqual(["key"]);
    // Of one signature, not of all three.
    expect(sigstore.asked.filter((path) => path === REKOR)).toHaveLength(3);
    const [again] = await sign(signer);
    expect(again?.isNew).toBe(false);
  });

  it("are an error that may pass where there is no other signer, and nothing is stored", async () => {
    sigstore.break(FULCIO, { status: 503 });
    await expect(sign(keyless())).rejects.toMatchObject({ code: "signing-unavailable", retryable: true });
    expect(await repository.referrers(stored.platforms[0]!.digest)).toEqual([]);
  });

  it("are the same where nobody listens", async () => {
    const services = { ...sigstore.services, fulcio: "http://127.0.0.1:1" };
    await expect(sign(keyless({ services }))).rejects.toMatchObject({ code: "signing-unavailable" });
  });

  it("leave statements unsigned only where that was asked for, and say so once", async () => {
    sigstore.break(FULCIO, { status: 503 });
    const subject = stored.platforms[0]!;
    const statement = (number: number) =>
      statementAbout(subject, { name: NAME, predicateType: "https://example.org/v1", predicate: number });
    const now = (): Date => new Date();
    const strict = attachWith(keyless(), { now });
    await expect(strict(repository, subject, statement(1), {})).rejects.toMatchObject({
      code: "signing-unavailable",
    });
    const why: string[] = [];
    const lenient = attachWith(keyless(), { now, onUnsigned: ({ message }) => void why.push(message) });
    await Promise.all([1, 2].map((number) => lenient(repository, subject, statement(number), {})));
    await lenient(repository, subject, statement(3), {});
    expect(why).toEqual([expect.stringMatching(/^certificate authority: \(503\)/)]);
    expect(await repository.referrers(subject.digest, "application/vnd.in-toto+json")).toHaveLength(3);
  });

  it("do not fall back where they answer no", async () => {
    sigstore.break(FULCIO, { status: 401, body: '{"message":"who are you"}' });
    const signer = withFallback(keyless(), keySigner(keyPair(await generateKey())));
    await expect(sign(signer)).rejects.toMatchObject({
      code: "signing-refused",
      message: "certificate authority: (401) who are you",
    });
    expect(sigstore.asked).toEqual([FULCIO]);
  });
});

describe("a token", () => {
  const everything = (error: unknown): string =>
    JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause);

  it("is in no message where the authority repeats it", async () => {
    const token = tokenOf(CLAIMS);
    const text = (await token()).reveal();
    sigstore.break(FULCIO, { status: 400, body: JSON.stringify({ message: `invalid token: ${text}` }) });
    const error = await sign(keyless({ token })).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ message: "certificate authority: (400) invalid token: [redacted]" });
    expect(everything(error)).not.toContain(text);
  });

  it.each([
    ["no token at all", "s3cr3t-text"],
    ["not JSON inside", "a.s3cr3t-text.c"],
    ["nothing inside", `a.${Buffer.from("null").toString("base64url")}.s3cr3t-text`],
    ["no issuer inside", `a.${Buffer.from("{}").toString("base64url")}.s3cr3t-text`],
  ])("is in no message where it is %s, and nothing is sent", async (_, text) => {
    const token = () => Promise.resolve(new Secret(text));
    const error = await sign(keyless({ token })).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "identity-token" });
    expect(everything(error)).not.toContain("s3cr3t");
    expect(sigstore.asked).toEqual([]);
  });

  it("is in no message where it says nothing of its subject", async () => {
    const token = tokenOf({ iss: ISSUER });
    const error = await sign(keyless({ token })).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "signing-refused", message: "signing: failed" });
    expect(everything(error)).not.toContain((await token()).reveal());
  });
});
