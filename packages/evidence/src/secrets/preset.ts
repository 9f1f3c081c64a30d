import type { SecretLintCoreResult } from "@secretlint/types";
import type { Match } from "./rule.ts";

const PREFIX = "@secretlint/secretlint-rule-";
const PRESET = `${PREFIX}preset-recommend`;
/** A comment in a file that anybody may write silences nothing here: what is allowed has a reason, see allow.ts. */
const RULES = [{ id: `${PREFIX}filter-comments`, disabled: true }];

/** What secretlint's recommended rules find. */
export async function presetMatches(text: string): Promise<readonly Match[]> {
  // Loaded on first use: a release that finds everything done asks for no secrets.
  const { lintSource } = await import("@secretlint/core");
  const { creator } = await import("@secretlint/secretlint-rule-preset-recommend");
  const { messages }: SecretLintCoreResult = await lintSource({
    // No path: rules that pass over files by name would be tricked by a name.
    source: { filePath: "text", content: text, contentType: "text", ext: "" },
    options: {
      noPhysicFilePath: true,
      config: { rules: [{ id: PRESET, rule: creator, options: {}, rules: RULES }] },
    },
  });
  return messages.map(({ ruleId, range: [start, end] }) => ({
    rule: ruleId.replace(PREFIX, ""),
    secret: text.slice(start, end),
    start,
  }));
}
