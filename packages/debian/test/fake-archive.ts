import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { createCleartextMessage, generateKey, readPrivateKey, sign } from "openpgp";
import type { PrivateKey } from "openpgp";
import type { Keyring } from "../src/release/keyring.ts";
import { buildDeb, file, tar } from "./fake-packages.ts";
import type { FakePackage } from "./fake-packages.ts";

/** When every fake archive was signed, and what tests take for now. */
export const SIGNED = new Date("2026-11-21T09:15:44Z");
export const NOW = new Date("2026-11-22T00:00:00Z");

export interface Signer {
  readonly privateKey: PrivateKey;
  readonly keyring: Keyring;
}

/** A key of today (relative to `SIGNED`) that may sign every suite. */
export async function makeSigner(): Promise<Signer> {
  const { privateKey: armored, publicKey } = await generateKey({
    userIDs: [{ name: "Test Archive", email: "archive@example.org" }],
    date: new Date(SIGNED.getTime() - 86_400_000),
  });
  const privateKey = await readPrivateKey({ armoredKey: armored });
  const fingerprint = privateKey.getFingerprint().toUpperCase();
  return { privateKey, keyring: { armored: [publicKey], fingerprints: () => [fingerprint] } };
}

export interface FakeSuite {
  readonly packages?: readonly FakePackage[];
  readonly codename?: string;
  readonly date?: Date;
  readonly validUntil?: Date;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Debian's archive, its security archive and an npm registry in one process on loopback. Files are in memory; tests
 * replace or break them by path.
 */
export class FakeArchive {
  readonly files = new Map<string, Buffer>();
  /** Instead of a file: by path. */
  readonly answers = new Map<string, Answer>();
  readonly requests: string[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));

  async start(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get mirrors() {
    const root = `http://${this.host}`;
    return { debian: [`${root}/debian`], debianSecurity: [`${root}/security`], npm: [`${root}/npm`] };
  }

  /** Packages into `trixie`; the other suites are there and empty unless given. */
  async publish(
    signer: Signer,
    trixie: FakeSuite,
    {
      updates = {},
      security = {},
      arches = ["amd64", "arm64"],
    }: {
      readonly updates?: FakeSuite;
      readonly security?: FakeSuite;
      readonly arches?: readonly string[];
    } = {},
  ): Promise<void> {
    await this.#suite(signer, "debian", "trixie", trixie, arches);
    await this.#suite(signer, "debian", "trixie-updates", updates, arches);
    await this.#suite(signer, "security", "trixie-security", security, arches);
  }

  /** A version of an npm package, its files under `package/`. */
  async publishNpm(name: string, version: string, contents: Readonly<Record<string, string>>): Promise<void> {
    const items = Object.entries(contents).map(([path, text]) =>
      file(`package/${path}`, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 }),
    );
    const bytes = gzipSync(await tar(items));
    const path = `${name}/-/${name.split("/").at(-1)}-${version}.tgz`;
    this.files.set(`/npm/${path}`, bytes);
    const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    const dist = { integrity, tarball: `http://${this.host}/npm/${path}` };
    this.files.set(
      `/npm/${name.replace("/", "%2f")}/${version}`,
      Buffer.from(JSON.stringify({ name, version, dist })),
    );
  }

  /** Changes the bytes served at a path. */
  edit(path: string, change: (bytes: Buffer) => Buffer): void {
    const before = this.files.get(path);
    if (before === undefined)
      throw new Error(`the fake archive has no ${path}; it has ${[...this.files.keys()].join(" ")}`);
    this.files.set(path, change(before));
  }

  /** The path of the one file whose path matches. */
  find(pattern: RegExp): string {
    const found = [...this.files.keys()].filter((path) => pattern.test(path));
    if (found.length !== 1) throw new Error(`${pattern}: ${found.length} files`);
    return found[0]!;
  }

  async #suite(signer: Signer, root: string, name: string, suite: FakeSuite, arches: readonly string[]) {
    const entries: string[] = [];
    for (const arch of arches) {
      const debs = await Promise.all((suite.packages ?? []).map((fake) => buildDeb(fake, arch)));
      for (const { path, bytes } of debs) this.files.set(`/${root}/${path}`, bytes);
      const text = Buffer.from(debs.map(({ stanza }) => stanza).join("\n"));
      const packed = gzipSync(text);
      const path = `main/binary-${arch}/Packages`;
      this.files.set(`/${root}/dists/${name}/main/binary-${arch}/by-hash/SHA256/${sha256(packed)}`, packed);
      entries.push(
        ` ${sha256(text)} ${text.length} ${path}`,
        ` ${sha256(packed)} ${packed.length} ${path}.gz`,
      );
    }
    const text = [
      "Origin: Debian",
      `Codename: ${suite.codename ?? name}`,
      `Date: ${(suite.date ?? SIGNED).toUTCString()}`,
      ...(suite.validUntil === undefined ? [] : [`Valid-Until: ${suite.validUntil.toUTCString()}`]),
      "Acquire-By-Hash: yes",
      "SHA256:",
      ...entries,
      "",
    ].join("\n");
    this.files.set(`/${root}/dists/${name}/InRelease`, Buffer.from(await clearSign(text, signer)));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    this.requests.push(path);
    this.headers.push(request.headers);
    const own = this.answers.get(path);
    if (own !== undefined) return own(request, response);
    const bytes = this.files.get(path) ?? this.files.get(decodeURIComponent(path));
    response.writeHead(bytes === undefined ? 404 : 200, { "content-length": bytes?.length ?? 0 });
    response.end(bytes);
  }
}

export async function clearSign(text: string, { privateKey }: Signer): Promise<string> {
  const message = await createCleartextMessage({ text });
  return sign({ message, signingKeys: privateKey, date: SIGNED });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
