import { DebianError } from "../error.ts";
import type { Keyring } from "./keyring.ts";

/**
 * The signed text of an InRelease file: what lies outside the signature is not in it. One good signature by a pinned
 * key is asked for; others may be unknown.
 * @throws DebianError `bad-signature`
 */
export async function verifyInRelease(
  text: string,
  {
    armored,
    accepted,
    where,
    now,
  }: {
    readonly armored: Keyring["armored"];
    /** Primary fingerprints, upper case. */
    readonly accepted: readonly string[];
    readonly where: string;
    readonly now: Date;
  },
): Promise<string> {
  // 40 ms to load, and only needed when a lock is made.
  const { readCleartextMessage, readKey, verify } = await import("openpgp");
  const known = await Promise.all(armored.map((armoredKey) => readKey({ armoredKey })));
  const keys = known.filter((key) => accepted.includes(key.getFingerprint().toUpperCase()));
  const message = await readCleartextMessage({ cleartextMessage: text }).catch((error: unknown) => {
    throw new DebianError("bad-signature", `${where}: expected an OpenPGP clear-signed file, found none`, {
      cause: error,
    });
  });
  const { data, signatures } = await verify({ message, verificationKeys: keys, date: now });
  const reasons: string[] = [];
  for (const signature of signatures) {
    try {
      await signature.verified;
      return data;
    } catch (error) {
      reasons.push(`${signature.keyID.toHex().toUpperCase()}: ${(error as Error).message}`);
    }
  }
  throw new DebianError(
    "bad-signature",
    `${where}: expected a signature by ${accepted.map((print) => print.slice(-16)).join(" or ")}, found ${
      reasons.join("; ") || "none"
    }`,
    { hint: "the mirror serves a tampered or foreign release file; use another mirror" },
  );
}
