import { type Descriptor, type Repository, type SeaworthyError, digestOf } from "@seaworthy/oci";
import { type Attach, type Statement, findStatements, statementAbout } from "@seaworthy/evidence";
import { ReleaseError } from "../error.ts";
import { isCount, isFlag, isListOf, isObject, isOneOf, isOptional, isText } from "../shape.ts";
import type { PlatformResult, VerifyConfig } from "./checks.ts";

const VERIFY_TYPE = "https://seaworthy.dev/verify-result/v1";
/** Counts up when the checks themselves ask for more than before: older results then answer no longer. */
const EDITION = 3;

/** A result about one platform, and the statement that holds it. */
export interface Verification {
  readonly result: PlatformResult;
  /** Manifest of the statement; its subject is the platform's manifest. */
  readonly evidence: Descriptor;
  readonly statement: Statement;
}

/** The same checks have the same key, on whatever machine. */
export function verifyKey(config: VerifyConfig): string {
  return digestOf(JSON.stringify([EDITION, config]));
}

export interface FindResultOptions {
  readonly key: string;
  /** Why the platform cannot execute here: then a result that says the same of it will do. */
  readonly cannotRun: string | undefined;
  readonly onProblem: (problem: SeaworthyError) => void;
  readonly signal: AbortSignal;
}

/** What an earlier run found out about a platform's manifest, where it passed. Fails closed: a broken result is none. */
export async function findPassed(
  repository: Repository,
  manifest: Descriptor,
  { key, cannotRun, onProblem, signal }: FindResultOptions,
): Promise<Verification | undefined> {
  const found = await findStatements(repository, manifest, {
    predicateType: VERIFY_TYPE,
    key,
    onProblem,
    signal,
  });
  const results = found.flatMap<Verification>(({ manifest: evidence, statement }) => {
    const { predicate } = statement;
    if (isResult(predicate)) return [{ result: predicate, evidence, statement }];
    onProblem(new ReleaseError("invalid-record", `evidence ${evidence.digest}: is no verify result`));
    return [];
  });
  const about = results.filter(({ result }) => result.digest === manifest.digest);
  return (
    about.find(({ result }) => result.status === "passed") ??
    about.find(({ result }) => result.status === "not-run" && result.reason === cannotRun)
  );
}

export interface Attaching {
  /** Registry and repository that the statement names. */
  readonly name: string;
  readonly key: string;
  readonly result: PlatformResult;
  readonly attach: Attach;
}

export async function attachResult(
  repository: Repository,
  manifest: Descriptor,
  { name, key, result, attach }: Attaching,
  signal: AbortSignal,
): Promise<Verification> {
  const statement = statementAbout(manifest, { name, predicateType: VERIFY_TYPE, predicate: result });
  return {
    result,
    statement,
    evidence: await attach(repository, manifest, statement, { key, signal }),
  };
}

const shape = isObject({
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
});

function isResult(value: unknown): value is PlatformResult {
  return shape(value);
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
