import { type Descriptor, type Repository, type SeaworthyError, digestOf } from "@seaworthy/oci";
import { type Attach, type Statement, findStatements, statementAbout } from "@seaworthy/evidence";
import type { Filed } from "../filed.ts";
import type { Examination, ExaminedSubject } from "./examination.ts";

/** Statements about one subject, as they are filed. */
export interface Examined {
  readonly filed: readonly Filed[];
  readonly statements: readonly Statement[];
  /** All of them were found, nothing was asked. */
  readonly cached: boolean;
}

export interface ExamineTools {
  /** Registry and repository that the statements name. */
  readonly name: string;
  readonly local: Repository;
  readonly attach: Attach;
  readonly onProblem: (problem: SeaworthyError) => void;
  readonly signal: AbortSignal;
}

/** What is known under the same key, else what an examination finds out now, filed under its subject. */
export async function examineOne(
  examination: Examination,
  subject: ExaminedSubject,
  tools: ExamineTools,
): Promise<Examined> {
  const { name, local, attach, signal } = tools;
  const key = digestOf(JSON.stringify([examination.name, await examination.key(subject, signal)]));
  const known = await findAll(examination, subject.target, key, tools);
  if (known !== undefined) return { ...known, cached: true };
  const filed: Filed[] = [];
  const statements: Statement[] = [];
  for (const { predicateType, predicate } of await examination.examine(subject, signal)) {
    const statement = statementAbout(subject.target, { name, predicateType, predicate });
    statements.push(statement);
    filed.push({
      subject: subject.target,
      manifest: await attach(local, subject.target, statement, { key, signal }),
    });
  }
  return { filed, statements, cached: false };
}

/** Undefined where one of its kinds is missing. */
async function findAll(
  { types }: Examination,
  target: Descriptor,
  key: string,
  { local, onProblem, signal }: ExamineTools,
): Promise<Omit<Examined, "cached"> | undefined> {
  const filed: Filed[] = [];
  const statements: Statement[] = [];
  for (const predicateType of types) {
    const [found] = await findStatements(local, target, { predicateType, key, onProblem, signal });
    if (found === undefined) return undefined;
    filed.push({ subject: target, manifest: found.manifest });
    statements.push(found.statement);
  }
  return { filed, statements };
}
