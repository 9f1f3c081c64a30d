import type { Signature, SignedBy } from "@seaworthy/evidence";

/** What a mark before a signer means, for the line below a tree. */
export const MARKS = {
  "✓": "signature verified",
  "✗": "not verified",
  "?": "not checked: say --key or --policy",
  "○": "unsigned",
} as const;

export interface SignerText {
  readonly mark: keyof typeof MARKS;
  readonly who: string;
}

export function signerText(signature: Signature, keyNames: ReadonlyMap<string, string>): SignerText {
  switch (signature.status) {
    case "unsigned":
      return { mark: "○", who: "unsigned" };
    case "verified":
      return { mark: "✓", who: shortSigner(signature.by, keyNames) };
    case "refused":
      return { mark: "✗", who: claim(signature.claimed, keyNames) };
    case "unchecked":
      return { mark: "?", who: claim(signature.claimed, keyNames) };
  }
}

function claim(claimed: SignedBy | undefined, keyNames: ReadonlyMap<string, string>): string {
  return claimed === undefined ? "somebody" : shortSigner(claimed, keyNames);
}

/** Enough to tell one from another in a line. */
function shortSigner(by: SignedBy, keyNames: ReadonlyMap<string, string>): string {
  if (by.kind === "identity") return by.identity.replace(/^https:\/\//, "");
  return `key ${keyNames.get(by.keyId) ?? by.keyId.slice(0, "SHA256:".length + 12)}`;
}
