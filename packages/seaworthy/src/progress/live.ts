import type { Progress } from "@seaworthy/builder";
import { createLogUpdate } from "log-update";
import { createTree } from "./tree.ts";

export interface Display {
  readonly progress: Progress;
  /** Leaves the last state on the screen. */
  close(): void;
}

const FRAME = 80;

/** A tree that redraws itself on a terminal. */
export function liveProgress(terminal: NodeJS.WriteStream, clock: () => number): Display {
  const screen = createLogUpdate(terminal, { showCursor: true });
  const tree = createTree(clock);
  const draw = (): void => screen(tree.draw(terminal.columns ?? 80, clock()).join("\n"));
  const timer = setInterval(draw, FRAME);
  timer.unref();
  return {
    progress: tree.update,
    close() {
      clearInterval(timer);
      draw();
      screen.done();
    },
  };
}
