import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import {
  type HandlerFn,
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from "@sigstore/mock";
import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from "@sigstore/protobuf-specs";
import { Secret } from "@seaworthy/oci";
import type { IdentityToken } from "../src/signing/keyless/identity-token.ts";
import type { SigstoreServices } from "../src/signing/keyless/services.ts";

export const FULCIO = "/api/v2/signingCert";
export const REKOR = "/api/v1/log/entries";
export const TSA = "/api/v1/timestamp";

export interface TestSigstore extends AsyncDisposable {
  readonly services: Required<SigstoreServices>;
  /** As JSON, for files. */
  readonly trustedRoot: Buffer;
  /** Paths asked for, in order. */
  readonly asked: readonly string[];
  /** Answers like this in place of the service, so many times. */
  break(
    path: string,
    answer: { readonly status: number; readonly body?: string; readonly times?: number },
  ): void;
}

interface Answer {
  readonly status: number;
  readonly body?: string;
  times: number;
}

/**
 * A certificate authority with its log, a transparency log and a timestamp authority over HTTP, all of this process.
 * @param clock of the certificate authority
 */
export async function startSigstore({ clock }: { readonly clock?: Date } = {}): Promise<TestSigstore> {
  const broken = new Map<string, Answer>();
  const asked: string[] = [];
  const handlers = new Map<string, HandlerFn>();
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    void answer(request, response, handlers, broken);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trustedRoot = await install(handlers, url, clock);
  return {
    services: { fulcio: url, rekor: url, tsa: url },
    trustedRoot,
    asked,
    break: (path, { times = Number.POSITIVE_INFINITY, ...what }) => void broken.set(path, { ...what, times }),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function install(
  handlers: Map<string, HandlerFn>,
  url: string,
  clock: Date | undefined,
): Promise<Buffer> {
  const [caKeys, logKeys, tsaKeys] = [keys(), keys(), keys()];
  const ctLog = await initializeCTLog(caKeys);
  const ca = await initializeCA(caKeys, ctLog, clock);
  const log = await initializeTLog(url, logKeys);
  const tsa = await initializeTSA(tsaKeys);
  const rekor = rekorHandler({ ...log, publicKey: log.publicKey, log: (entry) => log.log(canonical(entry)) });
  for (const { path, fn } of [fulcioHandler(ca), rekor]) handlers.set(path, fn);
  // It writes fractions of seconds in a way that no reader takes, so each of its times is a whole second.
  handlers.set(TSA, async (body) => {
    const second = new Date(Math.floor(Date.now() / 1_000) * 1_000);
    return tsaHandler(await initializeTSA(tsaKeys, second)).fn(body);
  });
  const validFor = { start: new Date(0), end: undefined };
  const authority = (...certificates: readonly ArrayBufferView[]) => ({
    subject: { commonName: "test", organization: "test" },
    uri: url,
    certChain: { certificates: certificates.map((der) => ({ rawBytes: toBuffer(der) })) },
    validFor,
    operator: "",
  });
  const logInstance = (key: Buffer) => ({
    baseUrl: url,
    hashAlgorithm: HashAlgorithm.SHA2_256,
    publicKey: { rawBytes: key, keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256, validFor },
    logId: { keyId: createHash("sha256").update(key).digest() },
    checkpointKeyId: undefined,
    operator: "",
  });
  const root = TrustedRoot.toJSON({
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    certificateAuthorities: [authority(ca.rootCertificate)],
    timestampAuthorities: [authority(tsa.intCertificate, tsa.rootCertificate)],
    tlogs: [logInstance(log.publicKey)],
    ctlogs: [logInstance(ctLog.publicKey)],
  });
  return Buffer.from(JSON.stringify(root));
}

interface Proposed {
  readonly kind?: string;
  readonly spec?: {
    readonly proposedContent?: { readonly envelope: string; readonly verifiers: readonly string[] };
  };
}

/** Rekor keeps hashes and signatures of an envelope, not the envelope (rekor, pkg/types/dsse). */
function canonical(entry: Proposed): object {
  const proposed = entry.spec?.proposedContent;
  if (entry.kind !== "dsse" || proposed === undefined) return entry;
  const envelope = JSON.parse(proposed.envelope) as { payload: string; signatures: { sig: string }[] };
  const sha256 = (data: string | Buffer): object => ({
    algorithm: "sha256",
    value: createHash("sha256").update(data).digest("hex"),
  });
  return {
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: {
      envelopeHash: sha256(proposed.envelope),
      payloadHash: sha256(Buffer.from(envelope.payload, "base64")),
      signatures: envelope.signatures.map(({ sig }) => ({ signature: sig, verifier: proposed.verifiers[0] })),
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: ReadonlyMap<string, HandlerFn>,
  broken: ReadonlyMap<string, Answer>,
): Promise<void> {
  const path = request.url ?? "";
  const body = (await buffer(request)).toString("utf8");
  const fault = broken.get(path);
  if (fault !== undefined && fault.times > 0) {
    fault.times -= 1;
    response.writeHead(fault.status, { "content-type": "application/json" }).end(fault.body ?? "{}");
    return;
  }
  const handler = handlers.get(path);
  if (handler === undefined) return void response.writeHead(404).end();
  const asked = path === FULCIO ? withCredentials(body, request.headers.authorization) : body;
  const { statusCode, response: content, contentType = "text/plain" } = await handler(asked);
  // Fulcio answers 200, of which its mock knows nothing and cosign insists on.
  const status = path === FULCIO && statusCode === 201 ? 200 : statusCode;
  response.writeHead(status, { "content-type": contentType, ...(path === REKOR ? entityTag(content) : {}) });
  response.end(typeof content === "string" ? content : toBuffer(content));
}

/** By which cosign finds its entry in the answer. */
function entityTag(content: string | ArrayBufferView): { readonly etag?: string } {
  const [uuid] =
    typeof content === "string" && content.startsWith("{") ? Object.keys(JSON.parse(content) as object) : [];
  return uuid === undefined ? {} : { etag: uuid };
}

/** cosign sends the token as a header, and a request to sign instead of a key. */
function withCredentials(body: string, authorization: string | undefined): string {
  const request = JSON.parse(body) as { credentials?: object; certificateSigningRequest?: string };
  if (request.credentials !== undefined || authorization === undefined) return body;
  const oidcIdentityToken = authorization.replace(/^Bearer /, "");
  const csr = Buffer.from(request.certificateSigningRequest ?? "", "base64").toString("utf8");
  return JSON.stringify({ ...request, certificateSigningRequest: csr, credentials: { oidcIdentityToken } });
}

function toBuffer({ buffer: bytes, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(bytes as ArrayBuffer, byteOffset, byteLength);
}

function keys() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** A token as an issuer would sign it; nobody here looks at its signature. */
export function tokenOf(claims: object): IdentityToken {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${part({ alg: "RS256" })}.${part(claims)}.${part({ nonce: randomUUID() })}`;
  return () => Promise.resolve(new Secret(token));
}
