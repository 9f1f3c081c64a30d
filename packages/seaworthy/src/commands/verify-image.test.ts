import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Signer,
  attachStatement,
  generateKey,
  keyPair,
  keySigner,
  signImage,
  statementAbout,
} from "@seaworthy/evidence";
import { type Descriptor, type Repository, copyGraph } from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSigstore, tokenOf } from "../../../evidence/test/sigstore.ts";
import { withoutReferrers } from "../../../registry/test/faults.ts";
import { faultyRegistry } from "../../../registry/test/faulty-registry.ts";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { storeImage } from "../../test/stored-image.ts";
import { runEvidence } from "./evidence.ts";
import { runSign } from "./sign.ts";
import { type Verdict, type VerifyFlags, runVerify } from "./verify-image.ts";

const NAME = "127.0.0.1:5000/acme/app";
const TESTS = "https://in-toto.io/attestation/test-result/v0.1";
const { signal } = new AbortController();

let signer: Signer;
let publicKey: string;
beforeAll(async () => {
  const key = keyPair(await generateKey());
  signer = keySigner(key);
  publicKey = key.publicKey;
});

let made: TestMachine;
let image: Descriptor;
let repository: Repository;
beforeEach(async () => {
  made = testMachine();
  await writeFile(join(made.dir, "release.pub"), publicKey);
  ({ image, repository } = await storeImage(made.dir));
});
afterEach(() => made[Symbol.dispose]());

const policy = (value: object | string, name = "seaworthy.policy.json"): Promise<void> =>
  writeFile(join(made.dir, name), typeof value === "string" ? value : JSON.stringify(value));
const verify = (flags: VerifyFlags = {}, text = "acme/app:v1"): Promise<Verdict> =>
  runVerify(made.machine, text, flags, signal);
const statuses = ({ decisions }: Verdict): readonly string[] =>
  decisions.map(({ requirement, subject, status }) => `${requirement} of ${subject}: ${status}`);

const BY_KEY = { signedBy: [{ key: "release.pub" }] };

describe("seaworthy verify", () => {
  it("lets a signed image through, by the policy beside the config, and gives its digest", async () => {
    await policy(BY_KEY);
    await signImage(repository, image, { signer, name: NAME });
    const verdict = await verify();
    expect(verdict).toMatchObject({ letThrough: true, reference: `${NAME}@${image.digest}`, problems: [] });
  });

  it("names what is missing", async () => {
    await policy({ ...BY_KEY, evidence: [{ kind: "tests" }] });
    const verdict = await verify();
    expect(verdict.letThrough).toBe(false);
    expect(statuses(verdict)).toEqual([
      "signature of image: missing",
      "signature of linux/amd64: missing",
      "signature of linux/arm64: missing",
      "test result of image: missing",
    ]);
  });

  it("holds an image against what its environment requires", async () => {
    await policy({
      ...BY_KEY,
      evidence: [{ kind: "tests" }],
      environments: { dev: { evidence: [] }, production: { evidence: [{ kind: "scan", maxAge: "7d" }] } },
    });
    await signImage(repository, image, { signer, name: NAME });
    expect((await verify({ environment: "dev" })).letThrough).toBe(true);
    expect(statuses(await verify({ environment: "production" })).slice(3)).toEqual([
      "scan result of linux/amd64: missing",
      "scan result of linux/arm64: missing",
    ]);
    await expect(verify({ environment: "prod" })).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("it has dev, production"),
    });
  });

  it("reads a policy in TypeScript, whose keys stand beside it", async () => {
    await policy('export default { signedBy: [{ key: "release.pub" }] };', "other.policy.ts");
    await signImage(repository, image, { signer, name: NAME });
    expect((await verify({ policy: "other.policy.ts" })).letThrough).toBe(true);
  });

  it("does not count what was said of another repository, unless the policy names it", async () => {
    await signImage(repository, image, { signer, name: "original.example/acme/app" });
    await policy(BY_KEY);
    const verdict = await verify();
    expect(verdict.letThrough).toBe(false);
    expect(verdict.problems).toHaveLength(3);
    expect(verdict.problems[0]).toMatch(/speaks of original\.example\/acme\/app, expected 127/);
    await policy({ ...BY_KEY, names: ["original.example/acme/app"] });
    expect((await verify()).letThrough).toBe(true);
  });

  it("knows the embedded registry by each of its addresses", async () => {
    await policy(BY_KEY);
    await signImage(repository, image, { signer, name: "localhost:5000/acme/app" });
    expect((await verify()).letThrough).toBe(true);
    expect((await verify({}, "localhost:5000/acme/app:v1")).letThrough).toBe(true);
  });

  it("asks the fallback tag where a registry answers with an empty list", async () => {
    await policy({ ...BY_KEY, evidence: [{ kind: "tests" }] });
    await using registry = await faultyRegistry(withoutReferrers("answers with an empty list"));
    const name = `${registry.host}/acme/app`;
    const remote = remoteRepository({ registry: registry.host, repository: "acme/app" });
    await copyGraph(image, repository, remote);
    await remote.tag(image, "v1");
    expect((await verify({}, `${name}:v1`)).letThrough).toBe(false);
    await signImage(remote, image, { signer, name });
    const tests = statementAbout(image, { name, predicateType: TESTS, predicate: { result: "PASSED" } });
    await attachStatement(remote, image, tests, { signer });
    expect((await verify({}, `${name}:v1`)).letThrough).toBe(true);
  });

  it("holds certificates against a trusted root", async () => {
    await using sigstore = await startSigstore();
    await writeFile(join(made.dir, "root.json"), sigstore.trustedRoot);
    const claims = { iss: "https://issuer.example", sub: "https://ci.example/release" };
    const env = { SIGSTORE_ID_TOKEN: (await tokenOf(claims)()).reveal() };
    const { fulcio, rekor } = sigstore.services;
    await runSign({ ...made.machine, env }, "acme/app:v1", { fulcio, rekor }, signal);
    const issuer = claims.iss;
    await policy({ signedBy: [{ identityPattern: "https://ci\\.example/.*", issuer }] });
    expect((await verify({ trustedRoot: "root.json" })).letThrough).toBe(true);
    await policy({ signedBy: [{ identity: "https://ci.example", issuer }] });
    expect((await verify({ trustedRoot: "root.json" })).letThrough).toBe(false);
  });

  it("lets nothing through where the trusted root cannot be read", async () => {
    await using sigstore = await startSigstore();
    const env = { SIGSTORE_ID_TOKEN: (await tokenOf({ iss: "https://i.example", sub: "x" })()).reveal() };
    await runSign({ ...made.machine, env }, "acme/app:v1", { fulcio: sigstore.services.fulcio }, signal);
    await policy({ signedBy: [{ identity: "x", issuer: "https://i.example" }] });
    await expect(verify({ trustedRoot: "no.json" })).rejects.toMatchObject({ code: "usage" });
    await writeFile(join(made.dir, "no.json"), "{");
    await expect(verify({ trustedRoot: "no.json" })).rejects.toMatchObject({ code: "invalid-trust" });
  });
});

describe("a policy", () => {
  it.each<[string, object | string, RegExp]>([
    ["an unknown field", { ...BY_KEY, evidense: [] }, /^seaworthy\.policy\.json: evidense: unknown field$/],
    [
      "an unknown field of a rule",
      { ...BY_KEY, evidence: [{ kind: "tests", max: 1 }] },
      /evidence\[0\]\.max: unknown field$/,
    ],
    [
      "an unknown kind",
      { ...BY_KEY, evidence: [{ kind: "vibes" }] },
      /evidence\[0\]\.kind: expected "tests", .*, found "vibes"$/,
    ],
    ["nobody who signs", { evidence: [] }, /signedBy: expected array, found nothing$/],
    ["an empty list of signers", { signedBy: [] }, /signedBy: .*, found \[\]$/],
    ["an empty list in the list", { signedBy: [[]] }, /signedBy\[0\]: .*, found \[\]$/],
    [
      "an identity without issuer",
      { signedBy: [{ identity: "x" }] },
      /signedBy\[0\]: expected a signer or a list of them/,
    ],
    [
      "a pattern that is none",
      { ...BY_KEY, evidence: [{ kind: "provenance", builderPattern: "(" }] },
      /builderPattern: expected a regular expression, found "\("$/,
    ],
    [
      "an age that is none",
      { ...BY_KEY, evidence: [{ kind: "scan", maxAge: "a week" }] },
      /maxAge: expected a duration like "10s"/,
    ],
    ["a key that is not there", { signedBy: [{ key: "no.pub" }] }, /^key no\.pub: not there$/],
    ["text", "hello", /^seaworthy\.policy\.json: is not JSON$/],
  ])("with %s is refused, and says where", async (_, value, message) => {
    await policy(value);
    await expect(verify()).rejects.toMatchObject({ code: "config", message: expect.stringMatching(message) });
  });

  it("that is not there is asked for", async () => {
    await expect(verify()).rejects.toMatchObject({
      code: "usage",
      hint: expect.stringContaining("--policy"),
    });
    await expect(verify({ policy: "no.json" })).rejects.toMatchObject({ code: "config" });
  });

  it("takes no private key for a public one", async () => {
    const pem = (await generateKey()).export({ type: "pkcs8", format: "pem" }).toString();
    await writeFile(join(made.dir, "release.pub"), pem);
    await policy(BY_KEY);
    await expect(verify()).rejects.toMatchObject({ code: "invalid-key" });
  });
});

describe("seaworthy evidence", () => {
  it("checks signatures with a key, or with the signers of a policy, and names the key", async () => {
    await signImage(repository, image, { signer, name: NAME });
    const ask = async (flags: { key?: string; policy?: string }) => {
      const { collection, keyNames } = await runEvidence(made.machine, "acme/app:v1", flags, signal);
      return [collection.evidence.map(({ signature }) => signature.status), [...keyNames.values()]];
    };
    await policy(BY_KEY);
    const three = (status: string): readonly string[] => [status, status, status];
    expect(await ask({})).toEqual([three("unchecked"), []]);
    expect(await ask({ key: "release.pub" })).toEqual([three("verified"), ["release.pub"]]);
    expect(await ask({ policy: "seaworthy.policy.json" })).toEqual([three("verified"), ["release.pub"]]);
    await expect(ask({ key: "no.pub" })).rejects.toMatchObject({ code: "usage" });
  });
});
