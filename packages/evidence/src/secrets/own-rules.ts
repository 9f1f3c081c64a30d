import type { RuleSet } from "./rule.ts";
import { SHAPES } from "./rules/shapes.ts";
import { TOKENS } from "./rules/tokens.ts";
import { VENDORS } from "./rules/vendors.ts";

/** Wide rules: they say nothing new about a place that another rule has named. */
export const GENERIC: ReadonlySet<string> = new Set([
  "authorization-header",
  "curl-user",
  "generic-assignment",
  "generic-key",
  "kubernetes-secret",
  "private-key-block",
  "quoted-password",
  "sendgrid-token",
  "service-key",
  "url-credentials",
]);

/** The rules that hold where the user brings none, together with secretlint's. */
export const ownRules: RuleSet = {
  // Goes up with each change of what is found, also with secretlint's own.
  version: "seaworthy-2",
  rules: [...TOKENS, ...SHAPES, ...VENDORS],
  allowlists: [],
  foreign: false,
  preset: true,
  notes: [],
};
