import { type KeyObject, verify } from "node:crypto";
import type { Bundle } from "@sigstore/bundle";
import { EvidenceError } from "../error.ts";
import { preAuthEncoding } from "./pre-auth-encoding.ts";
import { keyIdOf } from "./public-key.ts";
import type { SignatureVerifier } from "./verifier.ts";

/**
 * One key. What a log says beside it is not asked: whoever trusts a key trusts it by itself, and offline.
 */
export function keyVerifier(key: KeyObject): SignatureVerifier {
  const keyId = keyIdOf(key);
  return {
    name: `key ${keyId}`,
    async verify({ bundle, message }) {
      const { signed, signature } = signedPart(bundle, message);
      if (!verify("sha256", signed, key, signature)) {
        throw new EvidenceError(
          "invalid-signature",
          `signature: not made with key ${keyId}, or changed since`,
        );
      }
      return { by: { kind: "key", keyId } };
    },
  };
}

interface SignedPart {
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

function signedPart({ content }: Bundle, message: Uint8Array | undefined): SignedPart {
  if (content.$case === "dsseEnvelope") {
    const { payloadType, payload, signatures } = content.dsseEnvelope;
    return {
      signed: preAuthEncoding(payloadType, payload),
      signature: signatures[0]?.sig ?? Buffer.alloc(0),
    };
  }
  if (message === undefined) {
    throw new EvidenceError("invalid-signature", "signature: is over bytes that are not at hand");
  }
  return { signed: message, signature: content.messageSignature.signature };
}
