import type { Check } from "@seaworthy/sandbox";
import { type Installer, fixHere } from "./machine/mending.ts";

/** A line for each need, and below it what to type where something is missing. */
export function doctorText(checks: readonly Check[], installer: Installer): string {
  return checks.flatMap((check) => [lineOf(check), ...adviceOn(check, installer)]).join("\n");
}

function lineOf({ name, ok, required, found, expected }: Check): string {
  if (ok) return `✓ ${name}: ${found}`;
  return `${required ? "✗" : "-"} ${name}: ${found}; expected ${expected}`;
}

function adviceOn(check: Check, installer: Installer): readonly string[] {
  const command = check.ok ? undefined : fixHere(check, installer);
  if (command === undefined) return [];
  return [`    → ${installer.uid === 0 ? "" : "as root: "}${command.join(" ")}`];
}
