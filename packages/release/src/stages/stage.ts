import { type Progress, type StepResult, step } from "@seaworthy/builder";

export interface StageTime {
  readonly name: string;
  readonly status: string;
  readonly ms: number;
}

export interface StageTools {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A stage as a step that the steps within it name as their parent. Notes the time it took in `times`. */
export function stage<T>(
  { progress, signal }: StageTools,
  times: StageTime[],
  name: string,
  work: (progress: Progress) => Promise<StepResult<T>>,
): Promise<T> {
  const within: Progress = (event) =>
    progress(event.type === "start" && event.parent === undefined ? { ...event, parent: name } : event);
  const timed: Progress = (event) => {
    if (event.type === "end") times.push({ name, status: event.status, ms: Math.round(event.ms) });
    progress(event);
  };
  signal.throwIfAborted();
  return step(timed, { id: name, name }, () => work(within));
}
