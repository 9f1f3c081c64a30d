import type { Bundle } from "@sigstore/bundle";
import { type Descriptor, OciError, type Repository, type SeaworthyError } from "@seaworthy/oci";
import { isAboutContent } from "../about-content.ts";
import { labelOf } from "../labels.ts";
import { MAX_STATEMENT, checkSubject, readEvidence } from "../read-evidence.ts";
import { claimedSigner } from "../signing/claimed-signer.ts";
import { SIGNATURE_TYPE, subjectsOf } from "../signing/sign-image.ts";
import { readTag } from "../signing/tag-scheme/read.ts";
import type { SignatureVerifier, Signed } from "../signing/verifier.ts";
import type { CollectedEvidence, Collection, EvidenceTime, Signature } from "./collected.ts";
import { statedTime } from "./kinds.ts";

export interface CollectOptions {
  /** Whose signatures are asked for; without it none is checked. */
  readonly verifier?: SignatureVerifier;
  /** Names of the repository: evidence that names another one is a problem. */
  readonly names?: readonly string[];
  /** Of each digest, at most so many are read. Default 500. */
  readonly most?: number;
  /** Bytes of one. Default 16 MB. */
  readonly largest?: number;
  readonly signal?: AbortSignal;
}

/**
 * All evidence about an image and its platforms, signed or not, by referrers and at the older tag. What is broken or
 * too large is named and passed over; a network that fails is an error, never evidence that is missing.
 */
export async function collectEvidence(
  repository: Repository,
  image: Descriptor,
  options: CollectOptions = {},
): Promise<Collection> {
  const subjects = await subjectsOf(repository, image, options.signal);
  const parts = await Promise.all(
    subjects.map((subject) => new Collector(repository, subject, options).collect()),
  );
  return {
    image,
    subjects,
    evidence: parts.flatMap(({ evidence }) => evidence),
    others: parts.flatMap(({ others }) => others),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

type Part = Pick<Collection, "evidence" | "others" | "problems">;

/** What there is about one digest. */
class Collector {
  readonly #repository: Repository;
  readonly #subject: Descriptor;
  readonly #options: CollectOptions;
  readonly #problems: { readonly subject: Descriptor; readonly problem: SeaworthyError }[] = [];

  constructor(repository: Repository, subject: Descriptor, options: CollectOptions) {
    this.#repository = repository;
    this.#subject = subject;
    this.#options = options;
  }

  async collect(): Promise<Part> {
    const { most = 500, signal } = this.#options;
    const subject = this.#subject;
    const all = await this.#repository.referrers(subject.digest, undefined, signal);
    if (all.length > most) {
      this.#note(new OciError("too-large", `evidence of ${subject.digest}: read ${most} of ${all.length}`));
    }
    const referrers = all.slice(0, most);
    const evidence: CollectedEvidence[] = [];
    for (const referrer of referrers.filter((one) => labelOf(one) !== undefined)) {
      const found = await this.#attempt(() => this.#read(referrer));
      if (found !== undefined) evidence.push(found);
    }
    const others = referrers
      .filter((one) => labelOf(one) === undefined)
      .map((referrer) => ({ subject, referrer }));
    return { evidence: [...evidence, ...(await this.#atTag())], others, problems: this.#problems };
  }

  async #read(referrer: Descriptor): Promise<CollectedEvidence> {
    const { names, largest = MAX_STATEMENT, signal } = this.#options;
    const { statement, bundle } = await readEvidence(this.#repository, referrer, { largest, signal });
    const { digest } = this.#subject;
    checkSubject(statement, { digest, name: names }, `evidence ${referrer.digest}`);
    const { signature, at } =
      bundle === undefined ? { signature: UNSIGNED, at: undefined } : await this.#signature({ bundle });
    const time = timeOf(statedTime(statement), at, labelOf(referrer)?.created);
    return {
      subject: this.#subject,
      manifest: referrer,
      predicateType: statement.predicateType,
      statement,
      signature,
      ...(time === undefined ? {} : { time }),
    };
  }

  async #atTag(): Promise<readonly CollectedEvidence[]> {
    const { names, signal } = this.#options;
    const onProblem = (problem: SeaworthyError): void => this.#note(problem);
    const signed = await readTag(this.#repository, this.#subject, { name: names, onProblem, signal });
    return Promise.all(
      signed.map(async ({ manifest, ...one }) => {
        const { signature, at } = await this.#signature(one);
        const time = timeOf(undefined, at, undefined);
        return {
          subject: this.#subject,
          manifest,
          predicateType: SIGNATURE_TYPE,
          signature,
          ...(time === undefined ? {} : { time }),
        };
      }),
    );
  }

  async #signature(
    signed: Signed,
  ): Promise<{ readonly signature: Signature; readonly at: Date | undefined }> {
    const { verifier } = this.#options;
    if (verifier === undefined) {
      return { signature: { status: "unchecked", ...(await claim(signed.bundle)) }, at: undefined };
    }
    try {
      const { by, at } = await verifier.verify(signed);
      return { signature: { status: "verified", by }, at };
    } catch (error) {
      if (!isAboutContent(error)) throw error;
      const why = error.message.replace(/^signature: /, "");
      return { signature: { status: "refused", why, ...(await claim(signed.bundle)) }, at: undefined };
    }
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isAboutContent(error)) throw error;
      this.#note(error);
      return undefined;
    }
  }

  #note(problem: SeaworthyError): void {
    this.#problems.push({ subject: this.#subject, problem });
  }
}

const UNSIGNED: Signature = { status: "unsigned" };

async function claim(bundle: Bundle): Promise<Pick<Extract<Signature, { status: "unchecked" }>, "claimed">> {
  const claimed = await claimedSigner(bundle);
  return claimed === undefined ? {} : { claimed };
}

/** What the statement says itself goes before the time of its signature: an old scan signed today is an old scan. */
function timeOf(
  stated: Date | undefined,
  signed: Date | undefined,
  label: string | undefined,
): EvidenceTime | undefined {
  if (stated !== undefined) return { at: stated, from: "statement" };
  if (signed !== undefined) return { at: signed, from: "log" };
  const at = label === undefined ? Number.NaN : Date.parse(label);
  return Number.isNaN(at) ? undefined : { at: new Date(at), from: "label" };
}
