/** A secret found in a text. Never leaves the scanner: what does is a `SecretFinding`. */
export interface Match {
  readonly rule: string;
  readonly secret: string;
  /** Offset in the text. */
  readonly start: number;
}

/** What is no secret although a rule matches. */
export interface Allowlist {
  /** Whether one of the lists suffices, or each that is not empty has to say so. */
  readonly condition: "any" | "all";
  readonly commits: readonly string[];
  readonly paths: readonly RegExp[];
  readonly regexes: readonly RegExp[];
  /** What the regexes look at. */
  readonly target: "secret" | "match" | "line";
  /** Lower case; parts of the secret. */
  readonly stopwords: readonly string[];
}

/** A secret's shape. Of `regex` and `path` there is one at least; with both, both hold. */
export interface Rule {
  readonly id: string;
  /** With flag `g`. */
  readonly regex?: RegExp;
  readonly path?: RegExp;
  /** Lower case; the regex is tried only where one of them is in the text. None: always. */
  readonly keywords: readonly string[];
  /** Tried first, once for all rules that share it: where it finds nothing, none of them does. Without flag `g`. */
  readonly screen?: RegExp;
  /** Group that is the secret; the first that matched where none is named. */
  readonly group?: number;
  /** Bits a character (Shannon); a secret has more. */
  readonly entropy?: number;
  readonly allowlists: readonly Allowlist[];
}

export interface RuleSet {
  /** Names the rules in keys and statements: equal means that they find the same. */
  readonly version: string;
  readonly rules: readonly Rule[];
  /** For every rule. */
  readonly allowlists: readonly Allowlist[];
  /** Whether a rule of somebody else's is among them, which may take for ever. */
  readonly foreign: boolean;
  /** Also secretlint's recommended rules. */
  readonly preset: boolean;
  /** What of the user's rules is not taken as it is written. */
  readonly notes: readonly string[];
}
