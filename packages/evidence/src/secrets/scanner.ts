import { type Verdict, inlineVerdict } from "./allow.ts";
import { type Baseline, baselineVerdict } from "./baseline.ts";
import { type SecretFinding, type SecretPlace, fingerprintOf, lineAt, redactSecret } from "./finding.ts";
import { type FindMatches, matcherOf } from "./matching/matcher.ts";
import type { Match, RuleSet } from "./rule.ts";

/** Something to look at, with the place it stands. */
export interface SecretText {
  readonly where: SecretPlace;
  readonly text: string;
  /** Number of each line, where they do not count from 1. */
  readonly lines?: readonly number[];
  /** Values behind telling names count, whatever they look like: environment, labels, history. */
  readonly short?: boolean;
}

/** What of the material was not looked at. */
export interface Skipped {
  readonly binary: number;
  /** Paths of which only the beginning was read. */
  readonly cut: readonly string[];
  /** Paths that could not be read. */
  readonly unreadable: readonly string[];
}

export interface SecretScan {
  readonly rules: string;
  readonly texts: number;
  readonly bytes: number;
  readonly skipped: Skipped;
  readonly findings: readonly SecretFinding[];
  /** Findings that somebody has said are fine, each with the reason. */
  readonly allowed: readonly (SecretFinding & { readonly reason: string })[];
}

export interface ScannerOptions {
  readonly rules: RuleSet;
  /** Of these rules. Default: here and now. */
  readonly find?: FindMatches;
  readonly baseline?: Baseline;
  readonly now: Date;
}

export interface Scanner {
  /**
   * Resolves where there is room for the next text, which may be before this one has been looked at.
   * @throws EvidenceError `slow-rule`, of this or an earlier text
   */
  scan(text: SecretText): Promise<void>;
  skip(why: keyof Skipped, path: string): void;
  /**
   * What all texts so far came to. The same secret in the same file is one finding, at its first place; for a commit,
   * the oldest.
   * @throws EvidenceError `slow-rule`
   */
  result(): Promise<SecretScan>;
}

export function secretScanner(options: ScannerOptions): Scanner {
  return new RuleScanner(options);
}

/** Bytes of memory, about, for what waits to be looked at. */
const ROOM = 8 << 20;
/** Of a text, besides its characters. */
const EACH = 1024;

class RuleScanner implements Scanner {
  readonly #options: ScannerOptions;
  readonly #find: FindMatches;
  readonly #findings = new Map<string, SecretFinding>();
  readonly #allowed = new Map<string, SecretFinding & { readonly reason: string }>();
  readonly #skipped = { binary: 0, cut: [] as string[], unreadable: [] as string[] };
  #texts = 0;
  #bytes = 0;
  #waiting = 0;
  #failed = false;
  #noted: Promise<void> = Promise.resolve();

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#find = options.find ?? matcherOf(options.rules);
  }

  async scan(text: SecretText): Promise<void> {
    if (this.#failed) await this.#noted;
    this.#texts += 1;
    this.#bytes += text.text.length;
    this.#waiting += text.text.length + EACH;
    this.#noted = this.#noteInTurn(text, this.#find(text), this.#noted);
    this.#noted.catch(() => {
      this.#failed = true;
    });
    if (this.#waiting > ROOM) await this.#noted;
  }

  skip(why: keyof Skipped, path: string): void {
    if (why === "binary") this.#skipped.binary += 1;
    else this.#skipped[why].push(path);
  }

  async result(): Promise<SecretScan> {
    await this.#noted;
    return {
      rules: this.#options.rules.version,
      texts: this.#texts,
      bytes: this.#bytes,
      skipped: this.#skipped,
      findings: [...this.#findings.values()],
      allowed: [...this.#allowed.values()],
    };
  }

  /** In the order in which the texts came, so that the same texts give the same result. */
  async #noteInTurn(
    text: SecretText,
    finding: Promise<readonly Match[]>,
    turn: Promise<void>,
  ): Promise<void> {
    const [matches] = await Promise.all([finding, turn]);
    this.#waiting -= text.text.length + EACH;
    for (const match of matches) this.#note(text, match, matches);
  }

  #note(text: SecretText, match: Match, all: readonly Match[]): void {
    const { where, lines } = text;
    const fingerprint = fingerprintOf(match, where.path ?? "", text.text, all);
    const at = lineNumber(text.text, match.start);
    const finding: SecretFinding = {
      rule: match.rule,
      where: isLined(text) ? { ...where, line: lines?.[at - 1] ?? at } : where,
      redacted: match.secret === "" ? "the file itself" : redactSecret(match.secret),
      fingerprint,
    };
    const key = [where.kind, where.layer ?? "", where.path ?? "", fingerprint].join("\0");
    const verdict = this.#verdict(text, match, { fingerprint, at });
    if (verdict.allowed) this.#allowed.set(key, { ...finding, reason: verdict.reason });
    // History is read newest first, and the commit that brought a secret in is the one to name.
    else if (where.kind === "commit" || !this.#findings.has(key)) {
      this.#findings.set(key, verdict.note === undefined ? finding : { ...finding, note: verdict.note });
    }
  }

  #verdict(
    { text, lines }: SecretText,
    { rule, start }: Match,
    { fingerprint, at }: { readonly fingerprint: string; readonly at: number },
  ): Verdict {
    const { baseline = new Map(), now } = this.#options;
    const known = baselineVerdict(baseline, fingerprint, now);
    if (known.allowed) return known;
    const begin = text.lastIndexOf("\n", start - 1);
    // What stands above in a patch need not stand above in the file.
    const isNext = at > 1 && (lines === undefined || lines[at - 2] === lines[at - 1]! - 1);
    const above = isNext ? lineAt(text, begin) : "";
    const said = inlineVerdict(rule, { line: lineAt(text, start), above }, now);
    return said.allowed || said.note !== undefined ? said : known;
  }
}

function isLined({ where }: SecretText): boolean {
  return where.kind === "file" || where.kind === "commit" || where.kind === "layer";
}

function lineNumber(text: string, start: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < start; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
