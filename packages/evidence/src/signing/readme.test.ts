import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keySigner } from "./key-signer.ts";
import type { SigningKey } from "./signing-key.ts";

type TransitKey = (address: string, name: string, token: string) => Promise<SigningKey>;

let dir: string;
let server: Server;
let address: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "seaworthy-readme-"));
  server = startTransit();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  rmSync(dir, { recursive: true });
  server.closeAllConnections();
  server.close();
});

/** The two requests of Vault's transit engine that the example makes (its HTTP API, "Transit secrets engine"). */
function startTransit(): Server {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const public_key = publicKey.export({ type: "spki", format: "pem" });
  return createServer((request, response) => {
    const answer = (status: number, data: object): void =>
      void response.writeHead(status).end(JSON.stringify({ data }));
    const route = `${request.headers["x-vault-token"] === "token" ? "" : "no "}${request.method} ${request.url}`;
    if (route === "GET /v1/transit/keys/release") {
      answer(200, { latest_version: 2, keys: { 1: {}, 2: { public_key } } });
    } else if (route === "POST /v1/transit/sign/release/sha2-256") {
      void (json(request) as Promise<{ input: string; key_version: number }>).then((body) => {
        const signature = sign("sha256", Buffer.from(body.input, "base64"), privateKey).toString("base64");
        answer(200, { signature: `vault:v${body.key_version}:${signature}` });
      });
    } else answer(403, {});
  });
}

async function exampleOf(): Promise<TransitKey> {
  const text = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
  const file = join(dir, "example.mjs");
  writeFileSync(file, text.split("```js\n")[1]!.split("\n```")[0]!);
  return ((await import(pathToFileURL(file).href)) as { transitKey: TransitKey }).transitKey;
}

it("has an example of a plug-in that signs", async () => {
  const transitKey = await exampleOf();
  const signer = keySigner(await transitKey(address, "release", "token"));
  const bundle = await signer.sign({ kind: "statement", bytes: Buffer.from("{}") });
  expect((await signer.own!.verify({ bundle })).by.kind).toBe("key");
  await expect(transitKey(address, "release", "other")).rejects.toThrow("transit key release: 403");
});
