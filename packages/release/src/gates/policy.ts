import { inspect } from "node:util";
import type { RunConfig } from "@seaworthy/oci";
import type { Statement } from "@seaworthy/evidence";
import type { Source } from "../source.ts";
import type { Gate, GateResult, GateSubject } from "./gate.ts";

/** What a policy of the config sees: plain data, nothing that could change what is released. */
export interface PolicyFacts {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly source: Source;
  readonly platforms: readonly {
    readonly platform: string;
    readonly digest: string;
    /** Compressed bytes. */
    readonly size: number;
    readonly layers: readonly number[];
    readonly config: RunConfig;
  }[];
  /** in-toto statements about the digest and its platforms. */
  readonly evidence: readonly Statement[];
  /** Their predicates of one type, for the usual question. */
  readonly predicates: (predicateType: string) => readonly unknown[];
  readonly previous?: { readonly version: string; readonly digest: string };
}

/** What is wrong, each a line for people; nothing or an empty list lets it pass. */
export type PolicyAnswer = string | readonly string[] | undefined | void;

export interface Policy {
  readonly name: string;
  readonly check: (facts: PolicyFacts) => PolicyAnswer | Promise<PolicyAnswer>;
}

/** Fails closed: a policy that throws, or gives anything but its answer, refuses. */
export function policyGate({ name, check }: Policy): Gate {
  return {
    name: `policy ${name}`,
    allowed: "nothing to object to",
    async check(subject) {
      const problems = await problemsOf(() => check(factsOf(subject)));
      return [resultOf(name, problems)];
    },
  };
}

async function problemsOf(ask: () => PolicyAnswer | Promise<PolicyAnswer>): Promise<readonly string[]> {
  try {
    const answer: unknown = await ask();
    if (answer === undefined) return [];
    if (typeof answer === "string") return [answer];
    if (Array.isArray(answer) && answer.every((line) => typeof line === "string")) return answer;
    return [`gave ${inspect(answer, { depth: 1 })}, expected what is wrong as text, or nothing`];
  } catch (error) {
    return [`threw ${error instanceof Error ? error.message : String(error)}`];
  }
}

function resultOf(policy: string, problems: readonly string[]): GateResult {
  const result = { name: `policy ${policy}`, allowed: "nothing to object to" };
  if (problems.length === 0) return { ...result, status: "passed", found: "nothing" };
  return {
    ...result,
    status: "refused",
    found: problems.join("; "),
    hint: `mend it, or change policies in the config: ${policy}`,
  };
}

function factsOf({ name, version, digest, source, images, evidence, previous }: GateSubject): PolicyFacts {
  return {
    name,
    version,
    digest,
    source,
    platforms: images.map(({ platform, manifest, size, layers, config }) => ({
      platform,
      digest: manifest.digest,
      size,
      layers: layers.map((layer) => layer.size),
      config: config.config ?? {},
    })),
    evidence,
    predicates: (type) =>
      evidence.flatMap(({ predicateType, predicate }) => (predicateType === type ? [predicate] : [])),
    ...(previous === undefined ? {} : { previous: { version: previous.version, digest: previous.digest } }),
  };
}
