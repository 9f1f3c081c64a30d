import type { Descriptor, Repository } from "@seaworthy/oci";
import { type Attach, type Statement, statementAbout } from "@seaworthy/evidence";
import { ReleaseError } from "../error.ts";
import type { Filed } from "../filed.ts";
import type { Source } from "../source.ts";
import type { TestResult } from "./test.ts";

/** in-toto attestation framework, spec/predicates/test-result.md. */
export const TEST_RESULT_TYPE = "https://in-toto.io/attestation/test-result/v0.1";

/** The predicate's own fields; `tests` is ours, which readers that do not know it pass over (spec/v1/README.md). */
export interface TestResultPredicate {
  readonly result: "PASSED" | "FAILED";
  /** What was tested: the commit. */
  readonly configuration: readonly {
    readonly uri?: string;
    readonly digest?: { readonly gitCommit: string };
    readonly name?: string;
  }[];
  readonly passedTests: readonly string[];
  readonly warnedTests: readonly string[];
  readonly failedTests: readonly string[];
  readonly tests: readonly TestResult[];
}

export interface TestedSubject {
  readonly name: string;
  readonly target: Descriptor;
  readonly source: Source;
  readonly results: readonly TestResult[];
}

export function testStatement({
  name,
  target,
  source,
  results,
}: TestedSubject): Statement<TestResultPredicate> {
  const named = (status: TestResult["status"]): readonly string[] =>
    results.filter((result) => result.status === status).map((result) => result.name);
  const { revision, url } = source;
  const predicate: TestResultPredicate = {
    result: results.every(({ status }) => status === "passed") ? "PASSED" : "FAILED",
    configuration: [
      {
        name: "source",
        ...(url === undefined ? {} : { uri: url }),
        ...(revision === undefined ? {} : { digest: { gitCommit: revision } }),
      },
    ],
    passedTests: named("passed"),
    warnedTests: [],
    failedTests: named("failed"),
    tests: results,
  };
  return statementAbout(target, { name, predicateType: TEST_RESULT_TYPE, predicate });
}

export interface AttachTools {
  readonly attach: Attach;
  /** Of the tests, where they have one. */
  readonly key: string | undefined;
  readonly signal: AbortSignal;
}

export async function attachTests(
  repository: Repository,
  subject: TestedSubject,
  { attach, key, signal }: AttachTools,
): Promise<Filed> {
  const options = { signal, ...(key === undefined ? {} : { key }) };
  const manifest = await attach(repository, subject.target, testStatement(subject), options);
  return { subject: subject.target, manifest };
}

/** What failed, each with what was found, where its log is, and the last lines of output. */
export function testRefusal(results: readonly TestResult[]): ReleaseError {
  const failed = results.filter(({ status }) => status === "failed");
  const left = results.filter(({ status }) => status === "not-run");
  const lines = failed.flatMap(({ name, run, problem, output = [], log }) => [
    `  ${name} (${run.join(" ")}): ${problem}`,
    ...output.map((line) => `    | ${line}`),
    ...(log === undefined ? [] : [`    all of it: ${log}`]),
  ]);
  const after = left.length === 0 ? [] : [`  not run after that: ${left.map(({ name }) => name).join(", ")}`];
  return new ReleaseError(
    "refused",
    `tests: found ${failed.length} of ${results.length} failed, allowed 0\n${[...lines, ...after].join("\n")}`,
    { hint: "mend what failed and run the release again; nothing was built or published" },
  );
}
