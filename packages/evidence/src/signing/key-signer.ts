import { createHash } from "node:crypto";
import type { BundleWithDsseEnvelope } from "@sigstore/bundle";
import { STATEMENT_MEDIA_TYPE } from "../statement.ts";
import { preAuthEncoding } from "./pre-auth-encoding.ts";
import { hintOf, keyIdOf, readPublicKey } from "./public-key.ts";
import type { Signer } from "./signer.ts";
import type { SigningKey } from "./signing-key.ts";
import { keyVerifier } from "./verify-key.ts";

/** Signs with a key: nothing is asked of anybody and nothing gets into a log. */
export function keySigner(key: SigningKey): Signer {
  const publicKey = readPublicKey(key.publicKey, "public key of the signing key");
  const keyHint = hintOf(publicKey);
  return {
    name: `key ${keyIdOf(publicKey)}`,
    own: keyVerifier(publicKey),
    async sign({ kind, bytes }, signal) {
      const { toDSSEBundle, toMessageSignatureBundle } = await import("@sigstore/bundle");
      const message = kind === "statement" ? preAuthEncoding(STATEMENT_MEDIA_TYPE, bytes) : bytes;
      const signature = Buffer.from(await key.sign(message, signal));
      if (kind === "message") {
        const digest = createHash("sha256").update(bytes).digest();
        return toMessageSignatureBundle({ digest, signature, keyHint, certificateChain: false });
      }
      const artifact = Buffer.from(bytes);
      const artifactType = STATEMENT_MEDIA_TYPE;
      return withoutKeyId(
        toDSSEBundle({ artifact, artifactType, signature, keyHint, certificateChain: false }),
      );
    },
  };
}

/** cosign takes an envelope's `keyid` for the key's own id and finds no signature of it; the hint is elsewhere. */
function withoutKeyId(bundle: BundleWithDsseEnvelope): BundleWithDsseEnvelope {
  for (const signature of bundle.content.dsseEnvelope.signatures) signature.keyid = "";
  return bundle;
}
