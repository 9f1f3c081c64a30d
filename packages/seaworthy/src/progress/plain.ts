import type { Progress } from "@seaworthy/builder";
import { formatMs } from "./format.ts";
import { type Lines, splitLines } from "./lines.ts";
import { oneLine, printable } from "./text.ts";

const MARKS = { done: "✓", cached: "✓", skipped: "-", failed: "✗" } as const;

/** One line an event, each with the step it belongs to: for logs, pipes and CI. */
export function plainProgress(write: (line: string) => void): Progress {
  const steps = new Map<string, { readonly name: string; readonly output: Lines }>();
  const of = (id: string) => steps.get(id) ?? { name: oneLine(id), output: splitLines() };
  return (event) => {
    switch (event.type) {
      case "start": {
        const name = oneLine(event.name);
        steps.set(event.id, { name, output: splitLines() });
        write(`  ${name}`);
        return;
      }
      case "output": {
        const { name, output } = of(event.id);
        for (const line of output.add(event.text)) write(`${tagOf(name)} | ${line}`);
        return;
      }
      case "end": {
        const { name, output } = of(event.id);
        for (const line of output.rest()) write(`${tagOf(name)} | ${line}`);
        const time = event.status === "cached" ? "cached" : formatMs(event.ms);
        const note = event.note === undefined ? "" : `; ${oneLine(event.note)}`;
        write(`${MARKS[event.status]} ${name} (${time}${note})`);
        return;
      }
      case "warning":
        write(`! ${printable(event.message)}`);
        return;
      case "advance":
        return;
    }
  };
}

/** `[linux/amd64 build 3/7] RUN npm ci` says with its brackets alone whose line it is. */
function tagOf(name: string): string {
  return name.replace(/^(\[[^\]]*\]).*$/s, "$1");
}
