import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BaselineEntry, type SecretFinding, parseBaseline } from "@seaworthy/evidence/secrets";
import { CliError } from "../error.ts";
import { placeFile } from "../init/place-file.ts";
import type { Machine } from "../machine/machine.ts";
import { placeText } from "../secrets-text.ts";
import { BASELINE_FILE, type SecretsFlags, topOf } from "./secrets.ts";

export interface AcceptFlags extends SecretsFlags {
  readonly reason?: string;
  readonly owner?: string;
  /** Last day, `2026-12-31`. */
  readonly expires?: string;
}

/**
 * Puts what was found into the baseline, each with the same reason, owner and end; what is there stays, but for the same
 * findings.
 * @returns the baseline's name, for people
 * @throws CliError `usage` where one of the three is missing; EvidenceError `invalid-baseline`
 */
export async function acceptSecrets(
  machine: Machine,
  findings: readonly SecretFinding[],
  flags: AcceptFlags,
): Promise<string> {
  const { reason = "", owner = "", expires = "" } = flags;
  if ([reason, owner, expires].some((said) => said.trim() === "")) {
    throw new CliError("usage", "--accept: expected --reason, --owner and --expires beside it", {
      hint: "say why it is no secret, who answers for that, and until when: --expires 2026-12-31",
    });
  }
  const name = flags.baseline ?? BASELINE_FILE;
  const file = join(
    flags.baseline === undefined ? ((await topOf(machine)) ?? machine.cwd) : machine.cwd,
    name,
  );
  const entries = new Map(held(file, name).map((entry) => [entry.fingerprint, entry]));
  for (const { fingerprint, rule, where } of findings) {
    entries.set(fingerprint, { fingerprint, where: `${placeText(where)} (${rule})`, reason, owner, expires });
  }
  const text = `${JSON.stringify({ version: 1, secrets: [...entries.values()] }, null, 2)}\n`;
  // Nothing is written that would not be read again.
  parseBaseline(text, name);
  placeFile(file, text);
  return name;
}

interface Entry extends BaselineEntry {
  /** For people. */
  readonly where?: string;
}

function held(file: string, name: string): readonly Entry[] {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  parseBaseline(text, name);
  return (JSON.parse(text) as { readonly secrets: readonly Entry[] }).secrets;
}
