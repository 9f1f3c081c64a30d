import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  attachStatement,
  findStatements,
  identityVerifier,
  keylessSigner,
  parseTrustedRoot,
  signImage,
  statementAbout,
} from "@seaworthy/evidence";
import { type Descriptor, type Layout, type Repository, copyGraph, openLayout } from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import { type RunningRegistry, serveRegistry } from "@seaworthy/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestSigstore, startSigstore, tokenOf } from "../../packages/evidence/test/sigstore.ts";
import { writeImage } from "./image.ts";
import { missing, peer } from "./peers.ts";

const SIGNATURE = "https://sigstore.dev/cosign/sign/v1";
const CHECKED = "https://example.org/checked/v1";
const IDENTITY = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main";
const ISSUER = "https://token.actions.githubusercontent.com";
const HTTP = ["--allow-insecure-registry", "--allow-http-registry"];

describe.skipIf(missing !== undefined)("keyless signatures, with the real cosign", () => {
  let dir: string;
  let source: Layout;
  let image: Descriptor;
  let registry: RunningRegistry;
  let sigstore: TestSigstore;

  beforeAll(async () => {
    dir = await mkdtemp("/tmp/seaworthy-");
    source = await openLayout(join(dir, "source"));
    image = await writeImage(source, "acme/app", "v1");
    const store = await openLayout(join(dir, "served"));
    registry = await serveRegistry({ store, uploads: join(dir, "served", "uploads") });
    sigstore = await startSigstore();
    await writeFile(join(dir, "root.json"), sigstore.trustedRoot);
  });
  afterAll(async () => {
    await sigstore[Symbol.asyncDispose]();
    await registry.close();
    await rm(dir, { recursive: true });
  });

  const name = (repository: string): string => `127.0.0.1:${registry.port}/${repository}`;
  const at = (repository: string): string => `${name(repository)}@${image.digest}`;
  const token = tokenOf({
    iss: ISSUER,
    sub: IDENTITY,
    aud: "sigstore",
    exp: 4_000_000_000,
    iat: 1_700_000_000,
  });
  const expecting = (identity: string): readonly string[] => [
    `--certificate-identity=${identity}`,
    `--certificate-oidc-issuer=${ISSUER}`,
    `--trusted-root=${dir}/root.json`,
    ...HTTP,
  ];

  async function publish(repository: string): Promise<Repository> {
    const into = remoteRepository({ registry: `127.0.0.1:${registry.port}`, repository });
    await copyGraph(image, source.repository("acme/app"), into);
    return into;
  }

  it("verifies what we sign, by identity", async () => {
    const repository = await publish("ours/keyless");
    const signer = keylessSigner({ services: sigstore.services, token });
    await signImage(repository, image, { signer, name: name("ours/keyless") });
    const predicate = { name: name("ours/keyless"), predicateType: CHECKED, predicate: { ok: true } };
    await attachStatement(repository, image, statementAbout(image, predicate), { signer });
    const { stdout } = await peer("cosign", "verify", ...expecting(IDENTITY), at("ours/keyless"));
    expect(stdout).toContain(image.digest);
    await peer("cosign", "verify-attestation", "--type", CHECKED, ...expecting(IDENTITY), at("ours/keyless"));
    const refused = peer("cosign", "verify", ...expecting("https://github.com/evil"), at("ours/keyless"));
    await expect(refused).rejects.toThrow(/exit code/);
  });

  it("is verified by us, by identity", async () => {
    const repository = await publish("theirs/keyless");
    const { fulcio, rekor } = sigstore.services;
    const services = [`--fulcio-url=${fulcio}`, `--rekor-url=${rekor}`, `--trusted-root=${dir}/root.json`];
    const identity = `--identity-token=${(await token()).reveal()}`;
    await peer(
      "cosign",
      "sign",
      "--yes",
      "--use-signing-config=false",
      ...services,
      identity,
      at("theirs/keyless"),
    );
    const trust = () => parseTrustedRoot(sigstore.trustedRoot, "root.json");
    const verifier = identityVerifier({ identity: IDENTITY, issuer: ISSUER }, trust);
    const found = await findStatements(repository, image, { predicateType: SIGNATURE, verifier });
    expect(found.map(({ verified }) => verified?.by)).toEqual([
      { kind: "identity", identity: IDENTITY, issuer: ISSUER },
    ]);
  });
});
