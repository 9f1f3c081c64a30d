import {
  PUBLIC_SIGSTORE,
  type SigstoreServices,
  type Signer,
  ciIdentityToken,
  keySigner,
  keylessSigner,
  warnBeforePublicLog,
  withFallback,
} from "@seaworthy/evidence";
import type { SignConfig } from "../config/sign-schema.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { openKey } from "./signing-key.ts";
import { trustOf } from "./trust.ts";

export interface SignerContext {
  /** What the config names files from. */
  readonly root: string;
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Who signs, as the config says: the key, the identity of this run, or the identity and, where its authority or log
 * cannot be reached, the key.
 */
export async function signerOf(
  machine: Machine,
  config: SignConfig,
  context: SignerContext,
): Promise<Signer> {
  const key =
    config.key === undefined
      ? undefined
      : keySigner(await openKey(machine, config.key, context.root, context.signal));
  const keyless = config.keyless === undefined ? undefined : identitySigner(machine, config, context);
  if (keyless === undefined) return required(key);
  if (key === undefined) return keyless;
  return withFallback(keyless, key, ({ message }) => context.warn(`${message}; the key signs in its place`));
}

function required(signer: Signer | undefined): Signer {
  if (signer !== undefined) return signer;
  throw new CliError("usage", "sign: expected a key or an identity to sign with", {
    hint: "say --key FILE or --keyless, or sign: { key: … } in the config",
  });
}

function identitySigner(
  machine: Machine,
  { keyless, trustedRoot }: SignConfig,
  { root, warn }: SignerContext,
): Signer {
  const token = ciIdentityToken(machine.env);
  if (token === undefined) {
    throw new CliError("usage", "keyless: there is no identity token", {
      hint: "on GitHub give the job permissions: id-token: write; elsewhere set SIGSTORE_ID_TOKEN",
    });
  }
  const services = servicesOf(keyless);
  const isOwn = services !== PUBLIC_SIGSTORE;
  // Without its root a deployment of one's own cannot tell its own signatures.
  const trust =
    isOwn && trustedRoot === undefined ? {} : { trust: trustOf({ ...machine, cwd: root }, trustedRoot) };
  return keylessSigner({
    services,
    token,
    ...trust,
    beforeFirst: (claims) => {
      const warning = warnBeforePublicLog(services, claims);
      if (warning !== undefined) warn(warning);
    },
  });
}

function servicesOf(keyless: SignConfig["keyless"]): SigstoreServices {
  if (keyless === undefined || keyless === true) return PUBLIC_SIGSTORE;
  const { fulcio, rekor, tsa } = keyless;
  return { fulcio, ...(rekor === undefined ? {} : { rekor }), ...(tsa === undefined ? {} : { tsa }) };
}
