import type { SecretLintCoreResult } from "@secretlint/types";

/** A secret in a text; the secret itself is not part of it. */
export interface SecretFinding {
  /** `env NAME`, `history 7`. */
  readonly where: string;
  readonly rule: string;
}

const PRESET = "@secretlint/secretlint-rule-preset-recommend";
/** Names that hold secrets by their nature, where the preset knows no shape of the value. */
const TELLING_NAME = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)(?:_|$)/i;
/** A name that goes on like this speaks about a secret. */
const ABOUT_ONE =
  /_(?:FILE|PATH|DIR|URL|URI|NAME|HEADER|PREFIX|TTL|LENGTH|EXPIR\w*|TYPE|ALG\w*|ENABLED|SCAN)$/i;
/** Anywhere in a text: history has `|1 NAME=value /bin/sh -c …` for arguments and `--password=…` in commands. */
const ASSIGNMENT = /(?:^|[\s|"'-])([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S+)/g;
/** A file, a variable or a switch is where a secret is or whether there is one, not the secret. */
const HARMLESS_VALUE = /^(?:true|false|yes|no|on|off|none|null|\d{1,5}|\/[\w./-]*|\$.*)$/is;

/** Secrets in short texts (environment, labels, history), each text with the place it stands. */
export async function findSecrets(
  texts: readonly { readonly where: string; readonly text: string }[],
): Promise<readonly SecretFinding[]> {
  const found: SecretFinding[] = [];
  for (const { where, text } of texts) {
    if (hasTellingName(text)) found.push({ where, rule: "telling-name" });
    for (const rule of await rulesBroken(where, text)) found.push({ where, rule });
  }
  return found;
}

function hasTellingName(text: string): boolean {
  return [...text.matchAll(ASSIGNMENT)].some(([, name = "", quoted = ""]) => {
    const value = quoted.replaceAll(/^["']|["']$/g, "");
    const telling = TELLING_NAME.test(name) && !ABOUT_ONE.test(name);
    return telling && value !== "" && !HARMLESS_VALUE.test(value);
  });
}

async function rulesBroken(where: string, text: string): Promise<readonly string[]> {
  // Loaded on first use: a release that finds everything done asks for no secrets.
  const { lintSource } = await import("@secretlint/core");
  const { creator } = await import("@secretlint/secretlint-rule-preset-recommend");
  const { messages }: SecretLintCoreResult = await lintSource({
    source: { filePath: where, content: text, contentType: "text", ext: "" },
    options: {
      noPhysicFilePath: true,
      maskSecrets: true,
      config: { rules: [{ id: PRESET, rule: creator, options: {}, rules: [] }] },
    },
  });
  return [...new Set(messages.map(({ ruleId }) => ruleId.replace("@secretlint/secretlint-rule-", "")))];
}
