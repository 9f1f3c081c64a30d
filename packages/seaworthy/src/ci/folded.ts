import type { Progress } from "@seaworthy/builder";
import { oneLine } from "../progress/text.ts";

/** How a CI marks a part of its log that it shows folded. */
export interface Fold {
  open(name: string): void;
  close(): void;
}

/**
 * Folds what a stage says; the line with its result stays in sight. Folds do not nest: where stages overlap, what the
 * later one says is in the fold of the first, or in none.
 */
export function folded(inner: Progress, fold: Fold): Progress {
  let open: string | undefined;
  return (event) => {
    if (event.type === "start" && event.parent === undefined && open === undefined) {
      open = event.id;
      fold.open(oneLine(event.name));
    }
    if (event.type === "end" && event.id === open) {
      open = undefined;
      fold.close();
    }
    inner(event);
  };
}
