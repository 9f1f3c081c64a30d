import { presetMatches } from "./matching/preset.ts";
import { tellingValues } from "./matching/telling-name.ts";

/** A secret in a text; the secret itself is not part of it. */
export interface TextFinding {
  /** `env NAME`, `history 7`. */
  readonly where: string;
  readonly rule: string;
}

/** Secrets in short texts (environment, labels, history), each text with the place it stands. */
export async function findSecrets(
  texts: readonly { readonly where: string; readonly text: string }[],
): Promise<readonly TextFinding[]> {
  const found: TextFinding[] = [];
  for (const { where, text } of texts) {
    if (tellingValues(text).length > 0) found.push({ where, rule: "telling-name" });
    const rules = new Set((await presetMatches(text)).map(({ rule }) => rule));
    for (const rule of rules) found.push({ where, rule });
  }
  return found;
}
