import type { Bundle } from "@sigstore/bundle";
import type { SignedBy } from "./verifier.ts";

/** OIDs of Fulcio's certificates (fulcio, docs/oid-info.md): the issuer, as UTF8String and as it was written before. */
const ISSUER = "1.3.6.1.4.1.57264.1.8";
const OLD_ISSUER = "1.3.6.1.4.1.57264.1.1";

/** Who a bundle says has signed it, to be shown: nothing of it is proven. Undefined where it does not say. */
export async function claimedSigner(bundle: Bundle): Promise<SignedBy | undefined> {
  const { content } = bundle.verificationMaterial;
  if (content.$case === "publicKey") {
    const { hint } = content.publicKey;
    return hint === "" ? undefined : { kind: "key", keyId: `SHA256:${hint}` };
  }
  const { toSignedEntity } = await import("@sigstore/verify");
  try {
    const { key } = toSignedEntity(bundle);
    if (key.$case !== "certificate") return undefined;
    const { certificate } = key;
    const issuer =
      certificate.extension(ISSUER)?.valueObj.subs[0]?.value ?? certificate.extension(OLD_ISSUER)?.value;
    const identity = certificate.subjectAltName ?? "";
    return { kind: "identity", identity, issuer: issuer?.toString("utf8") ?? "" };
  } catch {
    return undefined;
  }
}
