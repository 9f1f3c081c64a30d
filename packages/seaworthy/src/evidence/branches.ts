import {
  type CollectedEvidence,
  type Collection,
  type EvidenceTime,
  describeAge,
  kindOf,
} from "@seaworthy/evidence";
import { type Descriptor, formatPlatform, shortDigest } from "@seaworthy/oci";
import { signerText } from "./signer-text.ts";

/** A line of the tree in its columns. */
export interface Leaf {
  readonly title: string;
  readonly mark: string;
  readonly who: string;
  readonly age: string;
}

/** One digest and what is known about it. */
export interface Branch {
  readonly name: string;
  readonly leaves: readonly Leaf[];
}

export interface ShowOptions {
  readonly now: Date;
  /** Names of keys by their id, as a policy or `--key` says them. */
  readonly keyNames: ReadonlyMap<string, string>;
}

/** Of the image, then of each platform, in the order of the kinds. */
export function branchesOf(collection: Collection, options: ShowOptions): readonly Branch[] {
  return collection.subjects.map((subject) => ({
    name: `${subjectName(subject)}  ${shortDigest(subject.digest)}`,
    leaves: [...leavesOf(collection, subject, options), ...othersOf(collection, subject)],
  }));
}

function subjectName({ platform }: Descriptor): string {
  return platform === undefined ? "image" : formatPlatform(platform);
}

function leavesOf({ evidence }: Collection, { digest }: Descriptor, options: ShowOptions): readonly Leaf[] {
  return evidence
    .filter(({ subject }) => subject.digest === digest)
    .map((one) => leafOf(one, options))
    .toSorted((a, b) => order(a.title) - order(b.title) || (a.title < b.title ? -1 : 1));
}

/** Signatures first: everything else is worth what they are. */
function order(title: string): number {
  return title === "signature" ? 0 : 1;
}

function leafOf(one: CollectedEvidence, { now, keyNames }: ShowOptions): Leaf {
  const { predicateType, statement, signature, time } = one;
  const title = statement === undefined ? "signature, old tag" : titleOf(predicateType);
  return { title, ...signerText(signature, keyNames), age: ageText(time, now) };
}

function titleOf(predicateType: string): string {
  const kind = kindOf(predicateType);
  if (kind === undefined) return predicateType.replace(/^https?:\/\//, "");
  if (kind.kind !== "sbom") return kind.title;
  return `${kind.title}, ${predicateType.includes("cyclonedx") ? "CycloneDX" : "SPDX"}`;
}

const MINUTE = 60_000;

/** A time that nobody signed is marked: whoever may push may have written it. */
function ageText(time: EvidenceTime | undefined, now: Date): string {
  if (time === undefined) return "";
  const age = now.getTime() - time.at.getTime();
  const text = age < 0 ? "in the future" : age < MINUTE ? "now" : describeAge(age);
  return time.from === "label" ? `~${text}` : text;
}

function othersOf({ others }: Collection, { digest }: Descriptor): readonly Leaf[] {
  return others
    .filter(({ subject }) => subject.digest === digest)
    .map(({ referrer }) => ({
      title: referrer.artifactType ?? "referrer",
      mark: " ",
      who: "no statement",
      age: "",
    }));
}
