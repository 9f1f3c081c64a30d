import { Evaluator, Lexer, Parser, data } from "@actions/expressions";
import { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";
import { parse } from "yaml";

/** What GitHub's own parser has against a workflow: its schema, its expressions, its jobs. */
export async function workflowFaults(content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name: "release.yml", content }, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

/** The same of an action. */
export function actionFaults(content: string): readonly string[] {
  const { context } = parseAction({ name: "action.yml", content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}

/** A condition as GitHub decides it. */
export function holds(condition: string, github: object): boolean {
  const context = JSON.parse(JSON.stringify({ github }), data.reviver) as data.Dictionary;
  const tree = new Parser(new Lexer(condition).lex().tokens, ["github"], []).parse();
  return new Evaluator(tree, context).evaluate().coerceString() === "true";
}

export interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly concurrency?: object;
  readonly "runs-on": string;
  readonly "timeout-minutes": number;
  readonly permissions: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly strategy?: {
    readonly "fail-fast": boolean;
    readonly matrix: { readonly include: readonly Readonly<Record<string, unknown>>[] };
  };
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly concurrency: { readonly group: string; readonly "cancel-in-progress": string };
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

export function readJobs(text: string): Workflow {
  return parse(text) as Workflow;
}

/** The jobs that an event starts: their condition holds, and so does that of the job they need. */
export function startedBy({ jobs }: Workflow, github: object): readonly string[] {
  const started = (id: string): boolean => {
    const { if: condition = "true", needs } = jobs[id]!;
    return holds(condition, github) && [needs ?? []].flat().every(started);
  };
  return Object.keys(jobs).filter(started);
}
