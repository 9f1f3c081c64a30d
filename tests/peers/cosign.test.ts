import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type SignatureVerifier,
  type Signer,
  attachStatement,
  encryptPrivateKey,
  findStatements,
  generateKey,
  keyPair,
  keySigner,
  keyVerifier,
  readPrivateKey,
  readPublicKey,
  signImage,
  statementAbout,
} from "@seaworthy/evidence";
import {
  type Descriptor,
  type Layout,
  type Repository,
  Secret,
  copyGraph,
  openLayout,
  readIndex,
} from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import { type RunningRegistry, serveRegistry } from "@seaworthy/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyTag } from "../../packages/evidence/src/signing/tag-scheme/read.ts";
import { seaworthy } from "../support/cli.ts";
import { freePort } from "./free-port.ts";
import { writeImage } from "./image.ts";
import { type PeerOutput, missing, peer, peerServer } from "./peers.ts";

const SIGNATURE = "https://sigstore.dev/cosign/sign/v1";
const CHECKED = "https://example.org/checked/v1";
const PASSWORD = "päss wörd";

const cosign = (...command: readonly string[]): Promise<PeerOutput> =>
  peer("env", `COSIGN_PASSWORD=${PASSWORD}`, "cosign", ...command);
/** Nothing of sigstore's public services is asked. */
const OFFLINE = ["--insecure-ignore-tlog=true", "--allow-insecure-registry", "--allow-http-registry"];
const NO_LOG = ["--tlog-upload=false", "--use-signing-config=false", "--yes"];

describe.skipIf(missing !== undefined)("signatures, with the real cosign", () => {
  let dir: string;
  let source: Layout;
  let image: Descriptor;
  let platforms: readonly Descriptor[];
  let registry: RunningRegistry;
  let signer: Signer;

  beforeAll(async () => {
    // Below /tmp itself: the tools see no other folder for temporary files.
    dir = await mkdtemp("/tmp/seaworthy-");
    source = await openLayout(join(dir, "source"));
    image = await writeImage(source, "acme/app", "v1");
    platforms = (await readIndex(source, image)).manifests;
    const store = await openLayout(join(dir, "served"));
    registry = await serveRegistry({ store, uploads: join(dir, "served", "uploads") });
    const key = await generateKey();
    signer = keySigner(keyPair(key));
    await writeFile(join(dir, "ours.key"), await encryptPrivateKey(key, new Secret(PASSWORD)));
    await writeFile(join(dir, "ours.pub"), keyPair(key).publicKey);
    await cosign("generate-key-pair", "--output-key-prefix", join(dir, "theirs"));
  });
  afterAll(async () => {
    await registry.close();
    await rm(dir, { recursive: true });
  });

  const name = (repository: string): string => `127.0.0.1:${registry.port}/${repository}`;
  const at = (repository: string, { digest } = image): string => `${name(repository)}@${digest}`;

  async function publish(repository: string): Promise<Repository> {
    const into = remoteRepository({ registry: `127.0.0.1:${registry.port}`, repository });
    await copyGraph(image, source.repository("acme/app"), into);
    return into;
  }

  const theirs = async (): Promise<SignatureVerifier> =>
    keyVerifier(readPublicKey(await readFile(join(dir, "theirs.pub"), "utf8")));

  it("verifies what we sign: the index and each platform", async () => {
    const repository = await publish("ours/signed");
    await signImage(repository, image, { signer, name: name("ours/signed") });
    for (const subject of [image, ...platforms]) {
      const { stdout } = await cosign(
        "verify",
        "--key",
        `${dir}/ours.pub`,
        ...OFFLINE,
        at("ours/signed", subject),
      );
      expect(stdout).toContain(subject.digest);
    }
    const refused = cosign("verify", "--key", `${dir}/theirs.pub`, ...OFFLINE, at("ours/signed"));
    await expect(refused).rejects.toThrow(/exit code/);
  });

  it("verifies what we sign at the older tag", async () => {
    const repository = await publish("ours/tagged");
    await signImage(repository, image, { signer, name: name("ours/tagged"), tagScheme: true });
    for (const subject of [image, ...platforms]) {
      const { stdout } = await cosign(
        "verify",
        "--new-bundle-format=false",
        "--key",
        `${dir}/ours.pub`,
        ...OFFLINE,
        at("ours/tagged", subject),
      );
      expect(stdout).toContain("cosign container image signature");
    }
  });

  it("verifies what a release signs at the older tag, where the config asks for it", async () => {
    const folder = join(dir, "release");
    await mkdir(folder);
    const files = {
      Dockerfile: 'FROM scratch\nCOPY app.txt /\nUSER 1\nCMD ["/app.txt"]\n',
      "app.txt": "the app\n",
      "seaworthy.config.mjs": `export default {
        image: "${name("ours/released")}",
        platforms: ["linux/amd64", "linux/arm64"],
        verify: { services: [] },
        sign: { key: "${dir}/ours.key", tagScheme: true },
      };`,
    };
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
    const env = { XDG_CACHE_HOME: join(dir, "cache"), COSIGN_PASSWORD: PASSWORD };
    const released = await seaworthy(["release"], { cwd: folder, env });
    expect(released).toMatchObject({ code: 0 });
    const repository = remoteRepository({
      registry: `127.0.0.1:${registry.port}`,
      repository: "ours/released",
    });
    const index = (await repository.resolve(released.stdout.trim().split("@")[1]!))!;
    const key = ["--key", `${dir}/ours.pub`, ...OFFLINE];
    for (const subject of [index, ...(await readIndex(repository, index)).manifests]) {
      const old = await cosign("verify", "--new-bundle-format=false", ...key, at("ours/released", subject));
      expect(old.stdout).toContain("cosign container image signature");
    }
  });

  it("verifies the statements that we attach, of any kind", async () => {
    const repository = await publish("ours/attested");
    for (const predicateType of [CHECKED, "https://slsa.dev/provenance/v1"]) {
      const statement = statementAbout(image, {
        name: name("ours/attested"),
        predicateType,
        predicate: { ok: true },
      });
      await attachStatement(repository, image, statement, { signer, key: "work" });
    }
    for (const type of [CHECKED, "slsaprovenance1"]) {
      const { stdout } = await cosign(
        "verify-attestation",
        "--type",
        type,
        "--key",
        `${dir}/ours.pub`,
        ...OFFLINE,
        at("ours/attested"),
      );
      expect(stdout).toContain("payload");
    }
  });

  it("is verified by us: signature, attestation and older tag", async () => {
    const repository = await publish("theirs/signed");
    const key = ["--key", `${dir}/theirs.key`, ...NO_LOG];
    await writeFile(join(dir, "predicate.json"), '{"ok":true}');
    await cosign("sign", ...key, at("theirs/signed"));
    await cosign("sign", "--new-bundle-format=false", ...key, at("theirs/signed"));
    await cosign(
      "attest",
      ...key,
      "--type",
      CHECKED,
      "--predicate",
      `${dir}/predicate.json`,
      at("theirs/signed"),
    );
    const options = { verifier: await theirs(), name: name("theirs/signed") };
    for (const predicateType of [SIGNATURE, CHECKED]) {
      const found = await findStatements(repository, image, { predicateType, ...options });
      expect(found.map(({ verified }) => verified?.by.kind)).toEqual(["key"]);
    }
    const tagged = { ...options, onProblem: () => undefined, signal: undefined };
    expect(await verifyTag(repository, image, tagged)).toHaveLength(1);
  });

  it("signs with a key that we wrote, and we with one that it wrote", async () => {
    const repository = await publish("both/keys");
    await cosign("sign", "--key", `${dir}/ours.key`, ...NO_LOG, at("both/keys"));
    const pem = await readFile(join(dir, "theirs.key"), "utf8");
    const opened = await readPrivateKey(pem, () => Promise.resolve(new Secret(PASSWORD)));
    await signImage(repository, image, { signer: keySigner(keyPair(opened)), name: name("both/keys") });
    for (const verifier of [signer.own!, await theirs()]) {
      const options = { predicateType: SIGNATURE, verifier, onProblem: () => undefined };
      expect(await findStatements(repository, image, options)).toHaveLength(1);
    }
  });

  it("verifies what we sign in a registry without referrers API", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const server = await peerServer(/:\d+/, "crane", "registry", "serve", "--address", address);
    const repository = remoteRepository({ registry: address, repository: "acme/app" });
    await copyGraph(image, source.repository("acme/app"), repository);
    await signImage(repository, image, { signer, name: `${address}/acme/app` });
    const reference = `${address}/acme/app@${image.digest}`;
    const { stdout } = await cosign("verify", "--key", `${dir}/ours.pub`, ...OFFLINE, reference);
    expect(stdout).toContain(image.digest);
    await cosign("sign", "--key", `${dir}/theirs.key`, ...NO_LOG, reference);
    const options = { verifier: await theirs(), onProblem: () => undefined };
    const found = await findStatements(repository, image, { predicateType: SIGNATURE, ...options });
    expect(found).toHaveLength(1);
    await server.stop();
  });
});
