// Packed in a way that hides its names from Node's import.
import calculator from "ae-cvss-calculator";

/** What a vector says as a number, 0 to 10. */
export interface Rating {
  readonly vector: string;
  readonly score: number;
}

const LONGEST = 512;
const VERSIONS = [
  ["CVSS:3.0/", calculator.Cvss3P0],
  ["CVSS:3.1/", calculator.Cvss3P1],
  ["CVSS:4.0/", calculator.Cvss4P0],
] as const;

/** Undefined where it is no CVSS 3 or 4 vector, or lacks a base metric. CVSS 2 rates too differently to be mixed in. */
export function rate(vector: string): Rating | undefined {
  const known = VERSIONS.find(([prefix]) => vector.startsWith(prefix));
  if (known === undefined || vector.length > LONGEST) return undefined;
  try {
    const cvss = new known[1](vector);
    return cvss.isBaseFullyDefined() ? { vector, score: cvss.calculateScores().overall } : undefined;
  } catch {
    // The library throws for metrics and values it does not know.
    return undefined;
  }
}

/** The worst of several opinions: a lower one beside it must not open a gate. */
export function worst(vectors: readonly string[]): Rating | undefined {
  const ratings = vectors.flatMap((vector) => rate(vector) ?? []);
  return ratings.toSorted((a, b) => b.score - a.score || (a.vector < b.vector ? -1 : 1))[0];
}
