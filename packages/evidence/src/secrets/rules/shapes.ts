import type { Rule } from "../rule.ts";
import { makeRule } from "./make-rule.ts";
import { ASSIGNS, ENDS } from "./assignment.ts";
import { OTHERS, withoutDigits } from "./others.ts";

const KIND = String.raw`\bkind:[ \t]{0,20}["']?[Ss]ecret\b`;
const VALUE = String.raw`[ \t]*["']?([0-9A-Za-z+/]{10,2000}={0,3})`;
const DATA = String.raw`\b(?:stringD|d)ata:[ \t]*\n[ \t]+[\w.-]+:${VALUE}`;
/** On one line, behind comments, or as a block. */
const LOOSE_DATA = String.raw`\b(?:stringD|d)ata:[^]{0,80}?\s[\w.-]{1,80}:(?:[ \t]*(?:\||>[-+]?)\s+)?${VALUE}`;
const within = (length: number): string => String.raw`(?:(?!\n---)[^]){0,${length}}?`;
const SECRETS = [
  `${KIND}${within(1_000)}${DATA}`,
  `${DATA}${within(1_000)}${KIND}`,
  `${KIND}${within(200)}${LOOSE_DATA}`,
  `${LOOSE_DATA}${within(200)}${KIND}`,
];

/** Shapes that have no beginning of their own, or stand behind a name. */
export const SHAPES: readonly Rule[] = [
  makeRule(
    "aws-access-key-id",
    ["akia", "asia", "abia", "acca", "a3t"],
    /(?<![0-9A-Za-z])(?:AKIA|ASIA|ABIA|ACCA|A3T[0-9A-Z])[0-9A-Z]{16}(?![0-9A-Za-z])/g,
    {
      entropy: 3,
      allowlists: [{ ...OTHERS, paths: [], regexes: [/EXAMPLE$/], stopwords: [] }],
    },
  ),
  // Also one that was cut off before its last line.
  makeRule(
    "private-key-block",
    ["private key"],
    /-----BEGIN[\w -]{0,100}PRIVATE KEY(?: BLOCK)?-----(?:(?:(?!-----BEGIN)[^]){64,20000}?KEY(?: BLOCK)?-----|(?:[^-]|-(?!-)){64,20000}--)/gi,
  ),
  makeRule(
    "authorization-header",
    ["authorization"],
    /authorization["']?[ \t]{0,5}:[ \t]{0,5}["']?(?:bearer|basic|token)[ \t]{1,5}([\w.=~+/-]{16,1000})/gi,
    { entropy: 3, allowlists: [OTHERS] },
  ),
  makeRule(
    "curl-user",
    ["curl"],
    /\bcurl\b[^\n]{0,300}?[ \t](?:-u|--user)[ =]?["']?[^\s:"']{1,100}:([^\s:"']{6,200})/g,
    { entropy: 2, allowlists: [OTHERS] },
  ),
  // The kind may stand before the data or behind it, in the same document.
  ...SECRETS.map((shape) => makeRule("kubernetes-secret", ["kind:"], new RegExp(shape, "g"))),
  makeRule("docker-auth", ['"auth"'], /"auth"\s*:\s*"([0-9A-Za-z+/]{12,}={0,2})"/g),
  // JSON in base64: header and claims.
  makeRule("jwt", [".ey"], /(?<![\w-])ey[\w-]{10,}\.ey[\w\\/-]{10,}\.(?:[\w\\/-]{10,}={0,2})?/g, {
    entropy: 3,
  }),
  makeRule("jwt-base64", ["zxlk"], /(?<![\w+/-])ZXlK[\w+/\\-]{40,}={0,2}/g, { entropy: 3 }),
  makeRule("azure-client-secret", ["q~"], /(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/g, {
    entropy: 3,
  }),
  makeRule(
    "authress",
    [".acc-", ".acc_"],
    /(?<!\w)(?:sc|ext|scauth|authress)_[\da-z]{5,30}\.[\da-z]{4,6}\.acc[_-][\da-z-]{10,32}\.[\w+/=-]{30,120}/gi,
  ),
  makeRule("terraform-cloud", [".atlasv1."], /(?<!\w)[\da-z]{14}\.atlasv1\.[\w=-]{60,70}/gi),
  makeRule("maxmind", ["_mmk"], /(?<!\w)[\da-zA-Z]{6}_[\da-zA-Z]{29}_mmk(?!\w)/g),
  makeRule(
    "teams-webhook",
    [".webhook.office.com"],
    /https:\/\/[\da-z]+\.webhook\.office\.com\/webhookb2\/[\w-]{36}@[\w-]{36}\/IncomingWebhook\/\w{32}\/[\w-]{36}/gi,
  ),
  makeRule(
    "slack-webhook",
    ["hooks.slack.com"],
    /hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w+/]{43,56}/gi,
  ),
  makeRule("nuget-password", ["<add key="], /<add key="(?:ClearText)?Password"\s*value="([^"%$]{8,200})"/gi, {
    entropy: 1,
  }),
  makeRule("openai-key", ["sk-"], /(?<![\w-])sk-(?:proj-|svcacct-|admin-)?[\w-]{32,}(?![\w-])/g, {
    entropy: 3.5,
  }),
  makeRule(
    "url-credentials",
    ["://"],
    /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'`<>]{1,100}:([^\s/:@"'`<>]{6,100})@[\w[]/gi,
    {
      entropy: 2,
      allowlists: [OTHERS],
    },
  ),
  makeRule(
    "generic-assignment",
    ["password", "passwd", "secret", "token", "key", "credential", "auth"],
    new RegExp(
      `(?:passw(?:or)?d|secret|token|api[_.-]?key|access[_.-]?key|auth[_.-]?key|private[_.-]?key|client[_.-]?key|encryption[_.-]?key|credentials?|auth)[\\w. \\t-]{0,30}["'\`\\]]{0,2}[ \\t]{0,10}${ASSIGNS}[ \\t]{0,10}[\`"'=]{0,5}([\\w.=+/-]{12,150})${ENDS}`,
      "gi",
    ),
    { entropy: 3.4, allowlists: [OTHERS, withoutDigits(1)] },
  ),
  // Names that say less take values that say more.
  makeRule(
    "generic-key",
    ["key", "creds", "access", "api"],
    new RegExp(
      `(?:key|creds|access|api)[\\w.-]{0,20}["'\`\\s]{0,3}${ASSIGNS}[ \\t]{0,10}[\`"'=]{0,5}([\\w=+/-]{20,150})${ENDS}`,
      "gi",
    ),
    { entropy: 4, allowlists: [OTHERS, withoutDigits(2)] },
  ),
  makeRule(
    "quoted-password",
    ["password", "passwd", "passphrase"],
    /(?:password|passwd|passphrase)[\w. \t-]{0,20}["'` \t]{0,13}(?::=|=>|:|=)[ \t`'"=]{0,10}["']([^"'\s]{8,100})["']/gi,
    { entropy: 2.8, allowlists: [OTHERS] },
  ),
];
