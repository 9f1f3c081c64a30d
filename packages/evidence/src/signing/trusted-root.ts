import type { TrustMaterial } from "@sigstore/verify";
import { EvidenceError } from "../error.ts";

/** Certificate authorities, logs and timestamp authorities that are believed. Asked for when a certificate is met. */
export type Trust = () => Promise<TrustMaterial>;

const MAX_ROOT = 4 << 20;

/**
 * A trusted root as `cosign trusted-root create` and TUF repositories write it.
 * @param where what messages name it: a file
 * @throws EvidenceError `invalid-trust`
 */
export async function parseTrustedRoot(bytes: Uint8Array, where: string): Promise<TrustMaterial> {
  if (bytes.length > MAX_ROOT) {
    throw new EvidenceError("invalid-trust", `${where}: longer than the limit of ${MAX_ROOT} bytes`);
  }
  const [{ TrustedRoot }, { toTrustMaterial }] = await Promise.all([
    import("@sigstore/protobuf-specs"),
    import("@sigstore/verify"),
  ]);
  try {
    return toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(Buffer.from(bytes).toString("utf8"))));
  } catch (cause) {
    throw new EvidenceError("invalid-trust", `${where}: is no trusted root of sigstore`, {
      cause,
      hint: 'write one with "cosign trusted-root create"',
    });
  }
}

export interface PublicTrustOptions {
  /** Where TUF's metadata is kept between runs. */
  readonly cacheDir: string;
  /** Default: sigstore's own. */
  readonly mirror?: string;
}

/**
 * The trusted root of the public sigstore, kept fresh by TUF.
 * @throws EvidenceError `invalid-trust`
 */
export async function publicTrust({ cacheDir, mirror }: PublicTrustOptions): Promise<TrustMaterial> {
  const [{ getTrustedRoot }, { toTrustMaterial }] = await Promise.all([
    import("@sigstore/tuf"),
    import("@sigstore/verify"),
  ]);
  try {
    const mirrorURL = mirror === undefined ? {} : { mirrorURL: mirror };
    return toTrustMaterial(await getTrustedRoot({ cachePath: cacheDir, ...mirrorURL }));
  } catch (cause) {
    throw new EvidenceError(
      "invalid-trust",
      `trusted root of the public sigstore: ${(cause as Error).message}`,
      {
        cause,
        retryable: true,
        hint: "name a file that holds it with --trusted-root",
      },
    );
  }
}
