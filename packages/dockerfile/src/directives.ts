import type { Checks, Directives, Escape } from "./dockerfile.ts";
import { DockerfileError } from "./error.ts";
import { quote } from "./quote.ts";
import type { Range } from "./range.ts";
import { trim } from "./space.ts";
import type { TextLine } from "./text.ts";

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/;

/**
 * Parser directives: comment lines at the very top. The first line that is not one ends them, be it
 * blank, an ordinary comment or an unknown name.
 */
export function readDirectives(lines: readonly TextLine[]): Directives & { readonly checks: Checks } {
  const found = new Map<string, string>();
  let checks: Checks = { skip: new Set(), error: false };
  for (const line of lines) {
    const match = DIRECTIVE.exec(trim(line.text));
    const name = match?.[1]!.toLowerCase();
    if (name !== "syntax" && name !== "escape" && name !== "check") break;
    const range = wholeLine(line);
    if (found.has(name)) {
      throw new DockerfileError("syntax", `only one ${name} directive may be used`, { range });
    }
    found.set(name, match![2]!);
    if (name === "escape") checkEscape(match![2]!, range);
    if (name === "check") checks = parseChecks(match![2]!, range);
  }
  return {
    syntax: found.get("syntax")?.split(" ")[0],
    escape: (found.get("escape") ?? "\\") as Escape,
    check: found.get("check"),
    checks,
  };
}

function checkEscape(value: string, range: Range): void {
  if (value === "\\" || value === "`") return;
  throw new DockerfileError("invalid-value", `escape: expected \\ or \`, found ${quote(value)}`, { range });
}

/** `skip=RuleA,RuleB;error=true`; `skip=all`. */
export function parseChecks(value: string, range: Range): Checks {
  let checks: Checks = { skip: new Set(), error: false };
  for (const option of value.split(";")) {
    const [key, setting] = cutOption(option);
    if (key === "skip") {
      checks = { ...checks, skip: setting === "all" ? "all" : new Set(setting?.split(",").map(trim)) };
    } else if (key === "error" && (setting === "true" || setting === "false")) {
      checks = { ...checks, error: setting === "true" };
    } else if (key !== "experimental" || setting === undefined) {
      throw new DockerfileError("invalid-value", `check: found ${quote(trim(option))}`, {
        range,
        hint: 'write it as "# check=skip=RuleName,OtherRule;error=true"',
      });
    }
  }
  return checks;
}

function cutOption(option: string): [string, string | undefined] {
  const at = option.indexOf("=");
  return at === -1 ? [trim(option), undefined] : [trim(option.slice(0, at)), trim(option.slice(at + 1))];
}

function wholeLine({ number, text }: TextLine): Range {
  return { start: { line: number, column: 1 }, end: { line: number, column: text.length + 1 } };
}
