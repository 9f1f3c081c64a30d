import { type KeyObject, createPrivateKey, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { Secret } from "@seaworthy/oci";
import { EvidenceError } from "../error.ts";

/** What cosign writes now, and what it wrote before. */
const LABELS = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"] as const;
const MAX_PEM = 64 << 10;
/** As cosign has them. 64 MB of memory. */
const COST = { N: 65_536, r: 8, p: 1 } as const;
/** A file may ask for more, but not for all that this machine has. */
const MAX_MEMORY = 1 << 30;
const KEY_BYTES = 32;
const NONCE_BYTES = 24;

interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** The JSON inside of the PEM (go-securesystemslib, `encrypted`). */
interface Sealed {
  readonly kdf: { readonly name: "scrypt"; readonly params: ScryptCost; readonly salt: string };
  readonly cipher: { readonly name: "nacl/secretbox"; readonly nonce: string };
  readonly ciphertext: string;
}

/**
 * A private key as cosign keeps it, encrypted with a password; also PKCS #8, with and without one.
 * @param password asked for only where the key is encrypted
 * @param where what messages name it: a file
 * @throws EvidenceError `invalid-key`, `wrong-password`
 */
export async function readPrivateKey(
  pem: string,
  password: () => Promise<Secret>,
  where = "private key",
): Promise<KeyObject> {
  if (pem.length > MAX_PEM) throw invalid(where, `is longer than ${MAX_PEM} bytes`);
  const body = LABELS.map((label) => bodyOf(pem, label)).find((found) => found !== undefined);
  if (body !== undefined) return unseal(body, await password(), where);
  const encrypted = pem.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----");
  if (!encrypted && !/-----BEGIN (?:EC )?PRIVATE KEY-----/.test(pem)) {
    throw invalid(where, "expected a private key in PEM, as cosign generate-key-pair writes it");
  }
  try {
    return createPrivateKey(encrypted ? { key: pem, passphrase: (await password()).reveal() } : { key: pem });
  } catch {
    throw encrypted ? wrongPassword(where) : invalid(where, "is no private key that can be read");
  }
}

/** As cosign writes it: `cosign sign --key` takes it. */
export async function encryptPrivateKey(key: KeyObject, password: Secret): Promise<string> {
  const salt = randomBytes(KEY_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const plain = key.export({ type: "pkcs8", format: "der" });
  const { secretbox } = await naclOnFirstUse();
  const box = secretbox(plain, nonce, await derive(password, salt, COST));
  const sealed: Sealed = {
    kdf: { name: "scrypt", params: COST, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(box).toString("base64"),
  };
  const lines =
    Buffer.from(JSON.stringify(sealed))
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  const [label] = LABELS;
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

async function unseal(body: string, password: Secret, where: string): Promise<KeyObject> {
  const { kdf, cipher, ciphertext } = parseSealed(body, where);
  const key = await derive(password, Buffer.from(kdf.salt, "base64"), kdf.params);
  const box = Buffer.from(ciphertext, "base64");
  const { secretbox } = await naclOnFirstUse();
  const plain = secretbox.open(box, Buffer.from(cipher.nonce, "base64"), key);
  if (plain === null) throw wrongPassword(where);
  try {
    return createPrivateKey({ key: Buffer.from(plain), format: "der", type: "pkcs8" });
  } catch {
    throw invalid(where, "the password opens it, and inside is no PKCS #8 key");
  }
}

function parseSealed(body: string, where: string): Sealed {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body, "base64").toString("utf8"));
  } catch {
    throw invalid(where, "the encrypted part is not JSON");
  }
  if (!isSealed(value)) throw invalid(where, "expected scrypt and nacl/secretbox, as cosign writes them");
  const { N, r, p } = value.kdf.params;
  if (128 * N * r * p > MAX_MEMORY) throw invalid(where, `scrypt asks for more than ${MAX_MEMORY} bytes`);
  return value;
}

/** The same of which nothing is known yet. */
interface Unchecked {
  readonly kdf?: {
    readonly name?: unknown;
    readonly params?: Partial<Record<"N" | "r" | "p", unknown>>;
    readonly salt?: unknown;
  };
  readonly cipher?: { readonly name?: unknown; readonly nonce?: unknown };
  readonly ciphertext?: unknown;
}

function isSealed(value: unknown): value is Sealed {
  const { kdf, cipher, ciphertext } = (value ?? {}) as Unchecked;
  const costs = [kdf?.params?.N, kdf?.params?.r, kdf?.params?.p];
  return (
    kdf?.name === "scrypt" &&
    cipher?.name === "nacl/secretbox" &&
    costs.every((cost) => Number.isSafeInteger(cost) && (cost as number) > 0) &&
    // A power of two, as scrypt wants it.
    Number.isInteger(Math.log2(kdf.params?.N as number)) &&
    typeof kdf.salt === "string" &&
    typeof ciphertext === "string" &&
    typeof cipher.nonce === "string" &&
    Buffer.from(cipher.nonce, "base64").length === NONCE_BYTES
  );
}

async function naclOnFirstUse() {
  return (await import("tweetnacl")).default;
}

function derive(password: Secret, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
  const derived = promisify<string, Buffer, number, object, Buffer>(scrypt);
  return derived(password.reveal(), salt, KEY_BYTES, { ...cost, maxmem: 2 * MAX_MEMORY });
}

function bodyOf(pem: string, label: string): string | undefined {
  const found = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`).exec(pem);
  return found?.[1]?.replaceAll(/\s/g, "");
}

function wrongPassword(where: string): EvidenceError {
  return new EvidenceError("wrong-password", `${where}: the password does not open it`, {
    hint: "COSIGN_PASSWORD holds the password it was made with",
  });
}

function invalid(where: string, problem: string): EvidenceError {
  return new EvidenceError("invalid-key", `${where}: ${problem}`);
}
