import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import type { Display } from "./display.ts";
import { printable } from "./text.ts";
import { createTree } from "./tree.ts";

const FRAME = 80;
const COLOURS = { "✓": "green", "✗": "red", "◌": "cyan", "-": "gray" } as const;

/** A tree that redraws itself on a terminal. */
export function liveDisplay(terminal: NodeJS.WriteStream, clock: () => number): Display {
  const screen = createLogUpdate(terminal, { showCursor: true });
  const tree = createTree(clock);
  const draw = (): void => {
    const lines = tree.draw({ columns: terminal.columns ?? 80, rows: terminal.rows ?? 24 }, clock());
    if (lines.length > 0) screen(lines.map((line) => paint(line, terminal)).join("\n"));
  };
  const timer = setInterval(draw, FRAME);
  timer.unref();
  const say = (text: string): void => {
    screen.persist(text);
    draw();
  };
  return {
    progress(event) {
      if (event.type === "warning") say(`! ${printable(event.message)}`);
      tree.update(event);
    },
    say,
    close() {
      clearInterval(timer);
      draw();
      screen.done();
    },
  };
}

/** After cutting, as colours take no columns. NO_COLOR and terminals without colours are left alone. */
function paint(line: string, stream: NodeJS.WriteStream): string {
  const [, indent = "", mark = "", rest = ""] = /^(\s*)([✓✗◌-]) (.*)$/su.exec(line) ?? [];
  if (mark === "") return styleText("gray", line, { stream });
  const colour = COLOURS[mark as keyof typeof COLOURS];
  return `${indent}${styleText(colour, mark, { stream })} ${rest}`;
}
