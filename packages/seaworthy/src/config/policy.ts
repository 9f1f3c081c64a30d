import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  type EvidenceRule,
  type Policy,
  type SignatureVerifier,
  type TrustedSigner,
  keyIdOf,
  keyVerifier,
  readPublicKey,
} from "@seaworthy/evidence";
import { CliError } from "../error.ts";
import { faultsOf } from "./faults.ts";
import { importConfig } from "./load.ts";
import { type ParsedPolicy, type ParsedRule, type ParsedSigner, policySchema } from "./policy-schema.ts";

const NAMES = ["seaworthy.policy.ts", "seaworthy.policy.mts", "seaworthy.policy.js", "seaworthy.policy.json"];

/** The policy beside the config; undefined where there is none. */
export function findPolicy(root: string): string | undefined {
  return NAMES.map((name) => join(root, name)).find((file) => existsSync(file));
}

export interface LoadedPolicy {
  readonly policy: Policy;
  readonly names: readonly string[];
  /** Of the keys in it. */
  readonly keyOf: (keyId: string) => SignatureVerifier;
}

/**
 * @param environment whose requirements hold in place of the general ones
 * @throws CliError `config`; EvidenceError `invalid-key`
 */
export async function loadPolicy(file: string, environment: string | undefined): Promise<LoadedPolicy> {
  const parsed = check(file, file.endsWith(".json") ? await readJson(file) : await importConfig(file));
  const { signedBy, evidence } = inEnvironment(file, parsed, environment);
  const keys = new Map<string, SignatureVerifier>();
  const signersOf = (list: readonly ParsedSigner[]): Promise<readonly TrustedSigner[]> =>
    Promise.all(list.map((signer) => trustedSigner(signer, dirname(file), keys)));
  const policy = {
    signatures: await Promise.all(signedBy.map(signersOf)),
    evidence: await Promise.all(evidence.map((rule) => evidenceRule(rule, signersOf))),
  };
  return { policy, names: parsed.names, keyOf: (keyId) => keys.get(keyId)! };
}

function check(file: string, value: unknown): ParsedPolicy {
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = faultsOf(parsed.error, value).map((line) => `${basename(file)}: ${line}`);
  throw new CliError("config", lines.join("\n"), { hint: "mend the policy and run the command again" });
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new CliError("config", `${file}: ${cause.code === "ENOENT" ? "not there" : cause.message}`, {
      cause,
    });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError("config", `${basename(file)}: is not JSON`, { cause });
  }
}

function inEnvironment(
  file: string,
  { signedBy, evidence, environments }: ParsedPolicy,
  environment: string | undefined,
): Pick<ParsedPolicy, "signedBy" | "evidence"> {
  if (environment === undefined) return { signedBy, evidence };
  const own = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  if (own !== undefined) return { signedBy: own.signedBy ?? signedBy, evidence: own.evidence ?? evidence };
  const known = Object.keys(environments);
  // One that tells no environments apart holds in all of them.
  if (known.length === 0) return { signedBy, evidence };
  throw new CliError(
    "usage",
    `${basename(file)}: has no environment ${environment}; it has ${known.join(", ")}`,
  );
}

async function trustedSigner(
  signer: ParsedSigner,
  folder: string,
  keys: Map<string, SignatureVerifier>,
): Promise<TrustedSigner> {
  if (!("key" in signer)) return { kind: "identity", expected: signer };
  const path = resolve(folder, signer.key);
  const pem = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "not there" : cause.message;
    throw new CliError("config", `key ${signer.key}: ${why}`, {
      cause,
      hint: "keys are named beside the policy",
    });
  });
  const key = readPublicKey(pem, signer.key);
  const keyId = keyIdOf(key);
  keys.set(keyId, keyVerifier(key));
  return { kind: "key", keyId, name: signer.key };
}

async function evidenceRule(
  { signedBy, ...rule }: ParsedRule,
  signersOf: (list: readonly ParsedSigner[]) => Promise<readonly TrustedSigner[]>,
): Promise<EvidenceRule> {
  const trusted = signedBy === undefined ? {} : { signedBy: await signersOf(signedBy) };
  // Fields that were left out are not there, whatever zod's types say of them.
  return { ...rule, ...trusted } as EvidenceRule;
}
