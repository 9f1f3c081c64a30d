import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type SigningKey,
  findStatements,
  generateKey,
  keyPair,
  keyVerifier,
  readPublicKey,
} from "@seaworthy/evidence";
import { type Descriptor, type Repository, copyGraph, openLayout } from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import { serveRegistry } from "@seaworthy/registry";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { REKOR, type TestSigstore, startSigstore, tokenOf } from "../../../evidence/test/sigstore.ts";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { storeImage } from "../../test/stored-image.ts";
import { type SignFlags, runSign } from "./sign.ts";

const SIGNATURE = "https://sigstore.dev/cosign/sign/v1";
const { signal } = new AbortController();

/** Without a password: opening an encrypted one takes its time, and is tested elsewhere. */
let pem: string;
let key: SigningKey;
beforeAll(async () => {
  const privateKey = await generateKey();
  pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  key = keyPair(privateKey);
});

let made: TestMachine;
let image: Descriptor;
let repository: Repository;
beforeEach(async () => {
  made = testMachine();
  await writeFile(join(made.dir, "cosign.key"), pem);
  await writeFile(join(made.dir, "cosign.pub"), key.publicKey);
  ({ image, repository } = await storeImage(made.dir));
});
afterEach(() => made[Symbol.dispose]());

const sign = (text: string, flags: SignFlags = {}, env: Readonly<Record<string, string>> = {}) =>
  runSign({ ...made.machine, env: { ...made.machine.env, ...env } }, text, flags, signal);
const config = (fields: string): Promise<void> =>
  writeFile(join(made.dir, "seaworthy.config.ts"), `export default { ${fields} };`);

async function signed(where: Repository, name: string): Promise<number> {
  const verifier = keyVerifier(readPublicKey(key.publicKey));
  const options = { predicateType: SIGNATURE, verifier, name, onProblem: () => undefined };
  return (await findStatements(where, image, options)).length;
}

describe("seaworthy sign", () => {
  it("signs an image of the store by tag, and says what it did", async () => {
    const { reference, lines } = await sign("acme/app:v1", { key: "cosign.key" });
    expect(reference).toBe(`127.0.0.1:5000/acme/app@${image.digest}`);
    expect(lines).toEqual([
      expect.stringMatching(/^image [0-9a-f]{12}: signed with key SHA256:/),
      expect.stringMatching(/^linux\/amd64 [0-9a-f]{12}: signed with key/),
      expect.stringMatching(/^linux\/arm64 [0-9a-f]{12}: signed with key/),
    ]);
    expect(await signed(repository, "127.0.0.1:5000/acme/app")).toBe(1);
    const again = await sign("acme/app:v1", { key: "cosign.key" });
    expect(again.lines.every((line) => line.endsWith("was signed before"))).toBe(true);
  });

  it("signs by digest what the config's image names", async () => {
    await config('image: "acme/app"');
    await sign(image.digest, { key: "cosign.key" });
    expect(await signed(repository, "127.0.0.1:5000/acme/app")).toBe(1);
  });

  it("signs an image in a registry", async () => {
    const store = await openLayout(join(made.dir, "served"));
    const server = await serveRegistry({ store, uploads: join(made.dir, "uploads") });
    const name = `127.0.0.1:${server.port}/acme/app`;
    const remote = remoteRepository({ registry: `127.0.0.1:${server.port}`, repository: "acme/app" });
    await copyGraph(image, repository, remote);
    await remote.tag(image, "v2");
    const { reference } = await sign(`${name}:v2`, { key: "cosign.key" });
    expect(reference).toBe(`${name}@${image.digest}`);
    expect(await signed(remote, name)).toBe(1);
    expect(await signed(repository, name)).toBe(0);
    await server.close();
  });

  it("takes key and tag scheme from the config, named from where the config is", async () => {
    await config('sign: { key: "cosign.key", tagScheme: true }');
    await sign("acme/app:v1");
    expect((await repository.tags()).filter((tag) => tag.endsWith(".sig"))).toHaveLength(3);
  });

  it.each<[string, SignFlags, string]>([
    ["a flag", { key: "env://SIGNING_KEY" }, ""],
    ["the config", {}, 'sign: { key: { env: "SIGNING_KEY" } }'],
  ])("takes the key from a variable that %s names", async (_, flags, fields) => {
    await config(fields);
    await sign("acme/app:v1", flags, { SIGNING_KEY: pem });
    expect(await signed(repository, "127.0.0.1:5000/acme/app")).toBe(1);
  });

  it("takes a plug-in of the config for the key", async () => {
    await writeFile(
      join(made.dir, "seaworthy.config.ts"),
      `import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const kms = {
        publicKey: publicKey.export({ type: "spki", format: "pem" }),
        sign: async (message) => sign("sha256", message, privateKey),
      };
      export default { sign: { key: kms } };`,
    );
    const { lines } = await sign("acme/app:v1");
    expect(lines[0]).toMatch(/signed with key SHA256:/);
  });

  it.each<[string, string, SignFlags, Readonly<Record<string, string>>, string, RegExp]>([
    ["no key", "acme/app:v1", {}, {}, "usage", /expected a key or an identity/],
    ["a key that is not there", "acme/app:v1", { key: "no.key" }, {}, "usage", /^key no\.key: not there$/],
    [
      "a variable that is not set",
      "acme/app:v1",
      { key: "env://NO" },
      {},
      "usage",
      /^key in NO: the variable is not set$/,
    ],
    [
      "a public key",
      "acme/app:v1",
      { key: "cosign.pub" },
      {},
      "invalid-key",
      /^key cosign\.pub: expected a private key/,
    ],
    [
      "no such image",
      "127.0.0.1:5000/acme/app:v9",
      { key: "cosign.key" },
      {},
      "usage",
      /^image .*:v9": not found; looked for/,
    ],
    ["no identity", "acme/app:v1", { keyless: true }, {}, "usage", /no identity token/],
  ])("says so of %s", async (_, text, flags, env, code, message) => {
    await expect(sign(text, flags, env)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe("seaworthy sign --keyless", () => {
  let sigstore: TestSigstore;
  beforeEach(async () => {
    sigstore = await startSigstore();
    await writeFile(join(made.dir, "root.json"), sigstore.trustedRoot);
  });
  afterEach(() => sigstore[Symbol.asyncDispose]());

  const identity = async (): Promise<Readonly<Record<string, string>>> => ({
    SIGSTORE_ID_TOKEN: (await tokenOf({ iss: "https://issuer.example", sub: "ci" })()).reveal(),
  });

  it("signs at services of one's own, once where the root is named", async () => {
    const { fulcio, rekor, tsa } = sigstore.services;
    const flags = { fulcio, rekor, tsa, trustedRoot: "root.json" };
    const { lines } = await sign("acme/app:v1", flags, await identity());
    expect(lines[0]).toMatch(/signed with keyless at 127\.0\.0\.1/);
    const again = await sign("acme/app:v1", flags, await identity());
    expect(again.lines.every((line) => line.endsWith("was signed before"))).toBe(true);
    expect(made.said.stderr).toBe("");
  });

  it("lets the config's key sign where the log cannot be reached, with a word why", async () => {
    sigstore.break(REKOR, { status: 502 });
    const { fulcio, rekor } = sigstore.services;
    await config(`sign: { key: "cosign.key", keyless: { fulcio: "${fulcio}", rekor: "${rekor}" } }`);
    await sign("acme/app:v1", {}, await identity());
    expect(await signed(repository, "127.0.0.1:5000/acme/app")).toBe(1);
    expect(made.said.stderr).toMatch(/^warning: transparency log: \(502\).*; the key signs in its place\n/);
  });
});
