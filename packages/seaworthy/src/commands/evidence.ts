import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Collection,
  type SignatureVerifier,
  collectEvidence,
  keyIdOf,
  keyVerifier,
  readPublicKey,
  signersOf,
  verifierOf,
} from "@seaworthy/evidence";
import { loadPolicy } from "../config/policy.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { openProject } from "./context.ts";
import { withSubject } from "./open-subject.ts";
import { trustOf } from "./trust.ts";

export interface EvidenceFlags {
  /** A public key that signatures are held against, or a policy whose signers they are. */
  readonly key?: string;
  readonly policy?: string;
  readonly trustedRoot?: string;
  readonly config?: string;
}

export interface FoundEvidence {
  readonly reference: string;
  readonly collection: Collection;
  readonly keyNames: ReadonlyMap<string, string>;
}

/** All that is known about an image. Without a key or policy no signature is checked. */
export async function runEvidence(
  machine: Machine,
  text: string,
  flags: EvidenceFlags,
  signal: AbortSignal,
): Promise<FoundEvidence> {
  const project = await openProject(machine, flags.config);
  const { verifier, names: others = [], keyNames = new Map() } = await againstOf(machine, flags);
  const opening = { config: flags.config, signal };
  return withSubject(machine, project, text, opening, async ({ names, repository, image, reference }) => {
    const collection = await collectEvidence(repository, image, {
      names: [...names, ...others],
      ...(verifier === undefined ? {} : { verifier }),
      signal,
    });
    return { reference, collection, keyNames };
  });
}

interface Against {
  readonly verifier?: SignatureVerifier;
  readonly names?: readonly string[];
  readonly keyNames?: ReadonlyMap<string, string>;
}

async function againstOf(machine: Machine, { key, policy, trustedRoot }: EvidenceFlags): Promise<Against> {
  if (policy !== undefined) {
    const loaded = await loadPolicy(resolve(machine.cwd, policy), undefined);
    const verifier = verifierOf(loaded.policy, loaded.keyOf, trustOf(machine, trustedRoot));
    const keys = signersOf(loaded.policy).flatMap((signer) => (signer.kind === "key" ? [signer] : []));
    return {
      verifier,
      names: loaded.names,
      keyNames: new Map(keys.map((one) => [one.keyId, one.name])),
    };
  }
  if (key === undefined) return {};
  const publicKey = readPublicKey(await readKey(machine, key), key);
  return { verifier: keyVerifier(publicKey), keyNames: new Map([[keyIdOf(publicKey), key]]) };
}

function readKey({ cwd }: Machine, file: string): Promise<string> {
  return readFile(resolve(cwd, file), "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new CliError("usage", `key ${file}: ${cause.code === "ENOENT" ? "not there" : cause.message}`, {
      cause,
    });
  });
}
