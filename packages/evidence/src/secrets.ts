import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";

/** A secret in a text; the secret itself is not part of it. */
export interface SecretFinding {
  /** `env NAME`, `history 7`. */
  readonly where: string;
  readonly rule: string;
}

const PRESET = "@secretlint/secretlint-rule-preset-recommend";
/** Names that hold secrets by their nature, where the preset knows no shape of the value. */
const TELLING_NAME = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)(?:_|$)/i;
const ASSIGNMENT = /^([A-Za-z_][\w.-]*)=(.+)$/s;
/** A file, a URL or a switch is where a secret is or whether there is one, not the secret. */
const HARMLESS_VALUE = /^(?:true|false|\d{1,5}|\/[\w./-]*|\$\{?\w+\}?)$/i;

/** Secrets in short texts (environment, labels, history), each text with the place it stands. */
export async function findSecrets(
  texts: readonly { readonly where: string; readonly text: string }[],
): Promise<readonly SecretFinding[]> {
  const found: SecretFinding[] = [];
  for (const { where, text } of texts) {
    const [, name, value] = ASSIGNMENT.exec(text) ?? [];
    if (name !== undefined && value !== undefined && TELLING_NAME.test(name) && !HARMLESS_VALUE.test(value)) {
      found.push({ where, rule: "telling-name" });
    }
    for (const rule of await rulesBroken(where, text)) found.push({ where, rule });
  }
  return found;
}

async function rulesBroken(where: string, text: string): Promise<readonly string[]> {
  const { messages } = await lintSource({
    source: { filePath: where, content: text, contentType: "text", ext: "" },
    options: {
      noPhysicFilePath: true,
      maskSecrets: true,
      config: { rules: [{ id: PRESET, rule: creator, options: {}, rules: [] }] },
    },
  });
  return [...new Set(messages.map(({ ruleId }) => ruleId.replace("@secretlint/secretlint-rule-", "")))];
}
