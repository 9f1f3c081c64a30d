import {
  type Descriptor,
  type Platform,
  type Repository,
  type SeaworthyError,
  digestOf,
  formatPlatform,
} from "@seaworthy/oci";
import { attachStatement, findStatements, statementAbout } from "@seaworthy/evidence";
import { ReleaseError } from "../error.ts";
import { isCount, isFlag, isListOf, isObject, isOneOf, isOptional, isText } from "../shape.ts";
import type { PlatformResult, VerifyConfig } from "./checks.ts";

const VERIFY_TYPE = "https://seaworthy.dev/verify-result/v1";
/** Counts up when the checks themselves ask for more than before: older results then answer no longer. */
const EDITION = 2;

/** A result of every platform, and the statement that holds it. */
export interface Verification {
  readonly results: readonly PlatformResult[];
  readonly evidence: Descriptor;
}

/** The same checks on a machine that can run the same platforms have the same key. */
export function verifyKey(
  config: VerifyConfig,
  platforms: readonly Platform[],
  cannotRun: (platform: Platform) => string | undefined,
): string {
  const reach = platforms.map((platform) => [formatPlatform(platform), cannotRun(platform) ?? "runs"]);
  return digestOf(JSON.stringify([EDITION, config, reach]));
}

export interface FindResultOptions {
  readonly key: string;
  /** Of the index; a result that leaves one out is none. */
  readonly manifests: readonly Descriptor[];
  readonly onProblem: (problem: SeaworthyError) => void;
  readonly signal: AbortSignal;
}

/** What an earlier run found out about this index, where it passed. Fails closed: a broken result is none. */
export async function findPassed(
  repository: Repository,
  index: Descriptor,
  { key, manifests, onProblem, signal }: FindResultOptions,
): Promise<Verification | undefined> {
  const found = await findStatements(repository, index, {
    predicateType: VERIFY_TYPE,
    key,
    onProblem,
    signal,
  });
  for (const { manifest, statement } of found) {
    const { predicate } = statement;
    if (!areResults(predicate)) {
      onProblem(new ReleaseError("invalid-record", `evidence ${manifest.digest}: is no verify result`));
    } else if (covers(predicate, manifests) && havePassed(predicate)) {
      return { results: predicate, evidence: manifest };
    }
  }
  return undefined;
}

export async function attachResults(
  repository: Repository,
  index: Descriptor,
  {
    name,
    key,
    results,
  }: { readonly name: string; readonly key: string; readonly results: readonly PlatformResult[] },
  signal: AbortSignal,
): Promise<Verification> {
  const statement = statementAbout(index, { name, predicateType: VERIFY_TYPE, predicate: results });
  return { results, evidence: await attachStatement(repository, index, statement, { key, signal }) };
}

export function havePassed(results: readonly PlatformResult[]): boolean {
  return results.every(({ status }) => status !== "failed");
}

function covers(results: readonly PlatformResult[], manifests: readonly Descriptor[]): boolean {
  return manifests.every(({ digest }) => results.some((result) => result.digest === digest));
}

const list = isListOf(
  isObject({
    platform: isText,
    digest: isText,
    status: isOneOf("passed", "failed", "not-run"),
    reason: isOptional(isText),
    checks: isListOf(
      isObject({
        name: isText,
        ok: isFlag,
        startMs: isOptional(isCount),
        stopMs: isOptional(isCount),
        memory: isOptional(isCount),
      }),
    ),
  }),
);

function areResults(value: unknown): value is readonly PlatformResult[] {
  return list(value);
}

/** What failed, each with what was found and the last lines of output. */
export function refusal(results: readonly PlatformResult[]): ReleaseError {
  const lines = results.flatMap(({ platform, checks }) =>
    checks
      .filter(({ ok }) => !ok)
      .flatMap(({ name, problem, output = [] }) => [
        `  ${platform} ${name}: ${problem}`,
        ...output.map((line) => `    | ${line}`),
      ]),
  );
  return new ReleaseError("refused", `verify: the image must not be published\n${lines.join("\n")}`, {
    hint: "mend what failed and run the release again; nothing was published",
  });
}
