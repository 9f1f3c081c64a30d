import type { Progress } from "@seaworthy/builder";
import { formatMs, printable } from "./format.ts";

const MARKS = { done: "✓", cached: "✓", skipped: "-", failed: "✗" } as const;

/** One line an event, each with the step it belongs to: for logs, pipes and CI. */
export function plainProgress(write: (line: string) => void): Progress {
  const names = new Map<string, string>();
  const open = new Map<string, string>();
  const flush = (id: string): void => {
    const rest = open.get(id);
    if (rest !== undefined && rest !== "") write(`${names.get(id) ?? id} | ${printable(rest)}`);
    open.delete(id);
  };
  return (event) => {
    switch (event.type) {
      case "start":
        names.set(event.id, event.name);
        write(`  ${event.name}`);
        return;
      case "output": {
        const lines = ((open.get(event.id) ?? "") + event.text).split("\n");
        open.set(event.id, lines.pop()!);
        const tag = (names.get(event.id) ?? event.id).replace(/^(\[[^\]]*\]).*$/s, "$1");
        for (const line of lines) write(`${tag} | ${printable(line)}`);
        return;
      }
      case "end": {
        flush(event.id);
        const note = [event.status === "cached" ? "cached" : formatMs(event.ms), event.note].filter(
          (part) => part !== undefined,
        );
        write(`${MARKS[event.status]} ${names.get(event.id) ?? event.id} (${note.join("; ")})`);
        return;
      }
      case "warning":
        write(`! ${event.message}`);
        return;
      case "advance":
        return;
    }
  };
}
