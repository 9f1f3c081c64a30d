import { type ImageSignature, signImage } from "@seaworthy/evidence";
import { formatPlatform, shortDigest } from "@seaworthy/oci";
import type { SignConfig } from "../config/sign-schema.ts";
import type { Machine } from "../machine/machine.ts";
import { openProject } from "./context.ts";
import { withSubject } from "./open-subject.ts";
import { signerOf } from "./signer.ts";

export interface SignFlags {
  /** These two in place of the config's key and keyless. */
  readonly key?: string;
  readonly keyless?: boolean;
  readonly fulcio?: string;
  readonly rekor?: string;
  readonly tsa?: string;
  readonly trustedRoot?: string;
  readonly tagScheme?: boolean;
  readonly config?: string;
}

/** Signs an image and its platforms by digest. Gives the reference, and lines to say about it. */
export async function runSign(
  machine: Machine,
  text: string,
  flags: SignFlags,
  signal: AbortSignal,
): Promise<{ readonly reference: string; readonly lines: readonly string[] }> {
  const project = await openProject(machine, flags.config);
  const warn = (message: string): void => void machine.stderr.write(`warning: ${message}\n`);
  const config = configOf(project.config.sign, flags);
  const root = flags.key === undefined ? project.root : machine.cwd;
  const signer = await signerOf(machine, config, { root, warn, signal });
  const opening = { config: flags.config, signal };
  return withSubject(machine, project, text, opening, async ({ name, repository, image, reference }) => {
    const { tagScheme } = config;
    const now = (): Date => new Date();
    const signatures = await signImage(repository, image, { signer, name, tagScheme, now, signal });
    return { reference, lines: linesOf(signatures, signer.name) };
  });
}

function configOf(config: SignConfig | undefined, flags: SignFlags): SignConfig {
  const { fulcio, rekor, tsa, key, trustedRoot = config?.trustedRoot } = flags;
  const common = {
    publishUnsigned: false,
    tagScheme: flags.tagScheme ?? config?.tagScheme ?? false,
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
  };
  const own = fulcio === undefined ? undefined : { fulcio, rekor, tsa };
  const keyless = own ?? (flags.keyless === true ? (config?.keyless ?? true) : undefined);
  if (key === undefined && keyless === undefined) return { ...config, ...common };
  return { ...common, ...(key === undefined ? {} : { key }), ...(keyless === undefined ? {} : { keyless }) };
}

function linesOf(signatures: readonly ImageSignature[], signer: string): readonly string[] {
  return signatures.map(({ subject: { digest, platform }, isNew }) => {
    const what = platform === undefined ? "image" : formatPlatform(platform);
    return `${what} ${shortDigest(digest)}: ${isNew ? `signed with ${signer}` : "was signed before"}`;
  });
}
