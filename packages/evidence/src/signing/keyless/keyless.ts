import type { Bundle } from "@sigstore/bundle";
import type { Witness } from "@sigstore/sign";
import { OciError, type Secret } from "@seaworthy/oci";
import { EvidenceError } from "../../error.ts";
import { STATEMENT_MEDIA_TYPE } from "../../statement.ts";
import type { Signable, Signer } from "../signer.ts";
import type { Trust } from "../trusted-root.ts";
import type { SignatureVerifier } from "../verifier.ts";
import { identityVerifier } from "../verify-identity.ts";
import { type Claims, readClaims } from "./claims.ts";
import type { IdentityToken } from "./identity-token.ts";
import { type SigstoreServices, hostOf } from "./services.ts";
import { signingFault } from "./signing-fault.ts";

export interface KeylessOptions {
  readonly services: SigstoreServices;
  readonly token: IdentityToken;
  /** Told whose identity it is before anything is sent; what it throws is the end. */
  readonly beforeFirst?: (claims: Claims) => void;
  /** Recognises what this identity signed before. Without it everything is signed anew. */
  readonly trust?: Trust;
  /** Of each request that fails for a passing reason; milliseconds. */
  readonly retry?: { readonly attempts: number; readonly firstDelay: number };
  /** Of one request, milliseconds. */
  readonly timeout?: number;
}

/**
 * Signs with a key that lives as long as the call and a certificate over it, which an authority gives to whoever runs
 * this; a log and a timestamp authority vouch for when.
 */
export function keylessSigner(options: KeylessOptions): Signer {
  const { services, token, trust, beforeFirst } = options;
  const name = `keyless at ${hostOf(services.fulcio)}`;
  let told = false;
  return {
    name,
    ...(trust === undefined ? {} : { own: ownIdentity(name, token, trust) }),
    async sign(signable, signal) {
      const identity = await token(signal);
      const claims = readClaims(identity);
      if (!told) beforeFirst?.(claims);
      told = true;
      return untilAborted(signWith(identity, signable, options), signal);
    },
  };
}

/** Where neither token nor trusted root can be had, nothing is recognised: it is signed once more. */
function ownIdentity(name: string, token: IdentityToken, trust: Trust): SignatureVerifier {
  const verifier = async (): Promise<SignatureVerifier> => {
    try {
      const [identityToken, material] = await Promise.all([token(), trust()]);
      const { identity, issuer } = readClaims(identityToken);
      return identityVerifier({ identity, issuer }, () => Promise.resolve(material));
    } catch (cause) {
      throw new EvidenceError("untrusted-signer", `signature: cannot tell whether ${name} made it`, {
        cause,
      });
    }
  };
  return { name, verify: async (signed) => (await verifier()).verify(signed) };
}

async function signWith(
  token: Secret,
  { kind, bytes }: Signable,
  { services: { fulcio, rekor, tsa }, retry, timeout = 15_000 }: KeylessOptions,
): Promise<Bundle> {
  const { DSSEBundleBuilder, FulcioSigner, MessageSignatureBundleBuilder, RekorWitness, TSAWitness } =
    await import("@sigstore/sign");
  const { attempts, firstDelay } = retry ?? { attempts: 4, firstDelay: 300 };
  const asking = {
    timeout,
    retry: { retries: attempts - 1, minTimeout: firstDelay, factor: 2, randomize: true },
  };
  const identityProvider = { getToken: () => Promise.resolve(token.reveal()) };
  const signer = new FulcioSigner({ fulcioBaseURL: fulcio, identityProvider, ...asking });
  const witnesses: Witness[] = [
    ...(rekor === undefined ? [] : [new RekorWitness({ rekorBaseURL: rekor, ...asking })]),
    ...(tsa === undefined ? [] : [new TSAWitness({ tsaBaseURL: tsa, ...asking })]),
  ];
  const Builder = kind === "statement" ? DSSEBundleBuilder : MessageSignatureBundleBuilder;
  try {
    return await new Builder({ signer, witnesses }).create({
      data: Buffer.from(bytes),
      ...(kind === "statement" ? { type: STATEMENT_MEDIA_TYPE } : {}),
    });
  } catch (error) {
    throw signingFault(error, token);
  }
}

/** The library takes no signal: what is under way is left alone, and ends with its own timeout. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new OciError("aborted", "signing was stopped"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([work, aborted]);
}
