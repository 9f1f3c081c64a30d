import { type KeyObject, createPublicKey, generateKeyPair, sign } from "node:crypto";
import { promisify } from "node:util";
import { requireP256 } from "./public-key.ts";
import type { SigningKey } from "./signing-key.ts";

/**
 * A key in this process's memory.
 * @param where what messages name it: a file
 * @throws EvidenceError `invalid-key` where it is not ECDSA on P-256
 */
export function keyPair(privateKey: KeyObject, where = "private key"): SigningKey {
  requireP256(privateKey, where);
  const signed = promisify(sign);
  return {
    publicKey: publicPem(privateKey),
    sign: (message) => signed("sha256", message, privateKey),
  };
}

/** A fresh ECDSA key on P-256. */
export async function generateKey(): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  return privateKey;
}

export function publicPem(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
}
