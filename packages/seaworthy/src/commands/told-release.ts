import {
  type Answers,
  type ReleasePlan,
  type ReleaseResult,
  type Source,
  strikeOut,
} from "@seaworthy/release";
import type { Scanned } from "@seaworthy/evidence/vulnerabilities";
import { observed } from "../ci/observed.ts";
import { releasedOf } from "../ci/released.ts";
import type { CiReporter } from "../ci/reporter.ts";
import type { RunReport } from "../ci/report.ts";
import type { Machine } from "../machine/machine.ts";
import { notifiersOf, runUrlOf, secretsIn } from "../machine/notifiers.ts";
import { openRecords } from "../machine/records.ts";
import type { Display } from "../progress/display.ts";
import { planText } from "../summary.ts";
import { type RunFacts, announce } from "./announcement.ts";
import type { Project } from "./context.ts";
import { rootOf } from "./root.ts";
import { type ReleaseFlags, runRelease } from "./release.ts";
import { type Remembering, remember } from "./remembered.ts";
import { handScansOver, sayScans } from "./told-scans.ts";

export interface Telling {
  readonly machine: Machine;
  readonly ci: CiReporter;
  readonly display: Display;
  readonly signal: AbortSignal;
  /** Of the same repository, where somebody has asked git already. */
  readonly source?: Promise<Source>;
}

/** A release, and the repository it is of. */
export interface ToldRelease {
  readonly result: ReleaseResult;
  readonly project: Project | undefined;
}

/** A release, and everybody who wants to know of it: the CI, those in `notify`, the index of records. */
export async function runToldRelease(flags: ReleaseFlags, telling: Telling): Promise<ToldRelease> {
  const { machine, ci, display, signal, source } = telling;
  const teller = new Teller(flags, telling);
  const result = await observed(
    {
      listeners: [
        (run) => teller.ended(run),
        (run) => handScansOver(run, teller.project, flags, telling),
        (run) => ci.report(run),
      ],
      root: rootOf(machine, flags.config).root,
      progress: ci.fold(display.progress),
      clock: () => performance.now(),
      released: (released: ReleaseResult) => {
        teller.result = released;
        return releasedOf(released);
      },
      details: () => ({ ...teller.answers, scans: teller.scans }),
    },
    (progress) =>
      runRelease(machine, flags, progress, signal, {
        ...(source === undefined ? {} : { source }),
        onPlan: (plan, project) => teller.began(plan, project),
        onAnswers: (answers) => teller.heard(answers),
        onScans(scans) {
          teller.scans = scans;
          return sayScans(scans, display);
        },
      }),
  );
  return { result, project: teller.project };
}

/** What is known of the run while it goes on. Before there is a plan nobody is told: the config may be what is wrong. */
class Teller {
  readonly #flags: ReleaseFlags;
  readonly #telling: Telling;
  readonly #startedAt = isoNow();
  result: ReleaseResult | undefined;
  answers: Answers = {};
  scans: readonly Scanned[] = [];
  project: Project | undefined;
  #ended: (run: RunReport) => Promise<void> = () => Promise.resolve();

  constructor(flags: ReleaseFlags, telling: Telling) {
    this.#flags = flags;
    this.#telling = telling;
  }

  heard(answers: Answers): void {
    this.answers = { ...this.answers, ...answers };
  }

  began(plan: ReleasePlan, project: Project): void {
    const { display, machine, signal } = this.#telling;
    this.project = project;
    display.say(`${planText(plan)}\n`);
    // Of a pull request that may push nothing nobody is told: it has no secrets, and a token that only reads.
    if (plan.noPush !== undefined) return;
    const warn = (message: string): void => display.progress({ type: "warning", message });
    const facts = factsOf(plan, project, machine);
    const index = openRecords(project.storeDir, warn);
    const { notifiers, warnings } = notifiersOf(machine, project.config.notify);
    for (const warning of warnings) warn(warning);
    const failedBefore = async (): Promise<boolean> =>
      (await index.lastOutcome(facts.name, facts.branch)) === "failure";
    const announcement = announce(facts, { notifiers, warn, failedBefore, signal });
    const remembering: Remembering = {
      facts,
      index,
      storeDir: project.storeDir,
      startedAt: this.#startedAt,
      now: isoNow,
      strikeOut: (text) => strikeOut(text, secretsIn(machine.env)),
    };
    this.#ended = async (run) => {
      const failed = run.outcome.is === "failed";
      if (signal.aborted) return;
      // One platform's part is no release yet; that it failed is news all the same.
      if (this.#flags.partial !== true || failed) await announcement.ended(run);
      if (this.#flags.partial !== true || failed) await remember(run, this.result?.record, remembering);
    };
  }

  ended(run: RunReport): Promise<void> {
    return this.#ended(run);
  }
}

function factsOf({ name, version, trigger }: ReleasePlan, { source }: Project, { env }: Machine): RunFacts {
  const runUrl = runUrlOf(env);
  return {
    name,
    version,
    trigger,
    ...(trigger.commit === undefined ? {} : { revision: trigger.commit }),
    ...(source.branch === undefined ? {} : { branch: source.branch }),
    ...(runUrl === undefined ? {} : { runUrl }),
  };
}

function isoNow(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
