import { type Attach, attachStatement, attachWith, signImage, signTags } from "@seaworthy/evidence";
import { SeaworthyError } from "@seaworthy/oci";
import type { Examination, ReleaseRequest, ReleaseTools } from "@seaworthy/release";
import { provenanceExamination } from "../examine/provenance.ts";
import { secretsExamination } from "../examine/secrets.ts";
import { sbomExamination } from "../examine/sbom.ts";
import { readLock } from "../machine/read-lock.ts";
import { inventoriesOf } from "../machine/inventories.ts";
import type { Machine } from "../machine/machine.ts";
import { VERSION } from "../version.ts";
import type { Project } from "./context.ts";
import { signerOf } from "./signer.ts";

export interface EvidenceContext {
  readonly machine: Machine;
  readonly project: Project;
  /** Digests of the bases that were pulled. */
  readonly pulled: ReadonlyMap<string, string>;
  readonly warn: (message: string) => void;
}

/** What a release finds out about its image besides tests and checks. */
export async function examinationsOf(
  request: ReleaseRequest,
  { machine, project, pulled, warn }: EvidenceContext,
): Promise<readonly Examination[]> {
  const { config, root } = project;
  const { context, dockerfile = "Dockerfile" } = config;
  const inventories = inventoriesOf(machine);
  return [
    // First: its pass over the layers finds out what is in them, too.
    ...(config.secrets ? [secretsExamination(machine, inventories)] : []),
    ...request.examinations,
    sbomExamination(request.name, inventories.take, warn),
    provenanceExamination({
      request,
      machine,
      pulled,
      paths: { context, dockerfile },
      lock: await readLock(root),
      version: VERSION,
      startedAt: new Date(),
      now: () => new Date(),
    }),
  ];
}

/** How evidence is filed and who signs the image: nobody, unless the config names somebody. */
export async function signingOf(
  machine: Machine,
  { config, root }: Project,
  name: string,
  { warn, signal }: { readonly warn: (message: string) => void; readonly signal: AbortSignal },
): Promise<Pick<ReleaseTools, "attach" | "sign" | "signTags">> {
  const { sign } = config;
  if (sign === undefined) return { attach: attachStatement };
  const signer = await signerOf(machine, sign, { root, warn, signal });
  const now = (): Date => new Date();
  const onUnsigned = sign.publishUnsigned
    ? { onUnsigned: ({ message }: Error) => warn(`${message}; published unsigned, as the config allows`) }
    : {};
  const attach: Attach = attachWith(signer, { now, ...onUnsigned });
  const unsigned = { allowed: sign.publishUnsigned, warn };
  return {
    attach,
    sign: async (repository, image, at) =>
      (await orUnsigned(() => signImage(repository, image, { signer, name, now, signal: at }), unsigned)) ??
      [],
    ...(sign.tagScheme
      ? {
          signTags: async (repository, image, at) =>
            (await orUnsigned(() => signTags(repository, image, { signer, name, signal: at }), unsigned)) ??
            0,
        }
      : {}),
  };
}

/** Undefined where the signer cannot be reached and the config lets an image go unsigned. */
async function orUnsigned<T>(
  work: () => Promise<T>,
  { allowed, warn }: { readonly allowed: boolean; readonly warn: (message: string) => void },
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const unavailable = error instanceof SeaworthyError && error.code === "signing-unavailable";
    if (!allowed || !unavailable) throw error;
    warn(`${error.message}; the image is published unsigned, as the config allows`);
    return undefined;
  }
}
