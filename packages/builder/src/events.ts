import type { Place } from "@seaworthy/oci";

/** What happens during long work, for renderers. `id` names one step; a step belongs to `parent` where given. */
export type ProgressEvent =
  | { readonly type: "start"; readonly id: string; readonly name: string; readonly parent?: string }
  | {
      readonly type: "end";
      readonly id: string;
      readonly status: "done" | "cached" | "skipped" | "failed";
      readonly ms: number;
      /** A few words for people: a size, a reason. */
      readonly note?: string;
    }
  | {
      readonly type: "output";
      readonly id: string;
      readonly stream: "stdout" | "stderr";
      readonly text: string;
    }
  | { readonly type: "advance"; readonly id: string; readonly done: number; readonly total?: number }
  /** Where a line of the user's is to blame, `place` names it; the message says it too. */
  | { readonly type: "warning"; readonly message: string; readonly place?: Place };

export type Progress = (event: ProgressEvent) => void;

/**
 * Reports a step around `work`: its start, its end with the time it took, or its failure. A step that ends because
 * `signal` fired was stopped, and did not fail.
 */
export async function step<T>(
  progress: Progress,
  { id, name, parent }: { readonly id: string; readonly name: string; readonly parent?: string },
  work: () => Promise<StepResult<T>>,
  signal?: AbortSignal,
): Promise<T> {
  const started = performance.now();
  progress({ type: "start", id, name, ...(parent === undefined ? {} : { parent }) });
  const end = (status: "done" | "cached" | "skipped" | "failed", note?: string): void =>
    progress({
      type: "end",
      id,
      status,
      ms: performance.now() - started,
      ...(note === undefined ? {} : { note }),
    });
  try {
    const { value, status = "done", note } = await work();
    end(status, note);
    return value;
  } catch (error) {
    if (signal?.aborted === true) end("skipped", "stopped");
    else end("failed");
    throw error;
  }
}

export interface StepResult<T> {
  readonly value: T;
  readonly status?: "done" | "cached" | "skipped" | "failed";
  readonly note?: string;
}
