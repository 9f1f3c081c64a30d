import { type KeyObject, createHash, createPublicKey } from "node:crypto";
import { EvidenceError } from "../error.ts";

/**
 * @param where what messages name it: a file
 * @throws EvidenceError `invalid-key`
 */
export function readPublicKey(pem: string, where = "public key"): KeyObject {
  if (!pem.includes("-----BEGIN PUBLIC KEY-----")) {
    throw new EvidenceError("invalid-key", `${where}: expected a PEM "PUBLIC KEY"`, {
      hint: pem.includes("PRIVATE KEY")
        ? "this is a private key; name the public one beside it"
        : "name a file as cosign generate-key-pair writes it",
    });
  }
  const key = decode(pem, where);
  requireP256(key, where);
  return key;
}

/** The one kind that every sigstore tool takes, and that cosign makes. @throws EvidenceError `invalid-key` */
export function requireP256(
  { asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject,
  where: string,
): void {
  if (type === "ec" && details?.namedCurve === "prime256v1") return;
  const found = [type, details?.namedCurve].filter((word) => word !== undefined).join(" ");
  throw new EvidenceError("invalid-key", `${where}: expected an ECDSA key on P-256, found ${found}`, {
    hint: 'make one with "seaworthy generate-key" or "cosign generate-key-pair"',
  });
}

function decode(pem: string, where: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new EvidenceError("invalid-key", `${where}: is no public key that can be read`, { cause });
  }
}

/** `SHA256:` and the base64 of the hash over the DER, as ssh shows keys and as sigstore's bundles hint at them. */
export function keyIdOf(key: KeyObject): string {
  return `SHA256:${hintOf(key)}`;
}

/** What cosign writes as `hint` of a public key. */
export function hintOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("base64");
}
