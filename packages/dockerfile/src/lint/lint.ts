import { parseChecks } from "../directives.ts";
import type { Checks, Dockerfile, Warning } from "../dockerfile.ts";
import { DockerfileError } from "../error.ts";
import type { Range } from "../range.ts";
import type { Rule, Statements } from "./rule.ts";
import { RULES } from "./rules.ts";

/** The warnings of a file, in order of lines; throws where the file wants them to be errors. */
export function lint(file: Dockerfile, statements: Statements): readonly Warning[] {
  const skips = [{ range: undefined, checks: file.checks }, ...localChecks(statements)];
  const warnings = RULES.flatMap((rule) => run(rule, file, statements))
    .filter(
      ({ rule, range }) => !skips.some((skip) => covers(skip.range, range) && skipped(skip.checks, rule)),
    )
    .toSorted((a, b) => a.range.start.line - b.range.start.line);
  const [first] = warnings;
  if (file.checks.error && first !== undefined) {
    const more = warnings.length > 1 ? `; ${warnings.length - 1} more` : "";
    throw new DockerfileError("check", `${first.message} (${first.rule})${more}`, {
      range: first.range,
      hint: `"# check=error=true" makes warnings errors; "# check=skip=${first.rule};error=true" skips the rule`,
    });
  }
  return warnings;
}

function run(rule: Rule, file: Dockerfile, statements: Statements): readonly Warning[] {
  return [...rule.check(file, statements)].map((finding) => ({ rule: rule.name, ...finding }));
}

/** `# check=skip=Rule` directly above an instruction counts for that instruction. */
function localChecks(statements: Statements): readonly { range: Range; checks: Checks }[] {
  const found: { range: Range; checks: Checks }[] = [];
  for (const { comments, range } of statements.values()) {
    for (const comment of comments) {
      const value = /^check\s*=\s*(\S.*)$/i.exec(comment)?.[1];
      if (value !== undefined) found.push({ range, checks: lenient(value, range) });
    }
  }
  return found;
}

/** An ordinary comment that happens to begin so is no error. */
function lenient(value: string, range: Range): Checks {
  try {
    return parseChecks(value, range);
  } catch (error) {
    if (error instanceof DockerfileError) return { skip: new Set(), error: false };
    throw error;
  }
}

function covers(outer: Range | undefined, inner: Range): boolean {
  return outer === undefined || (outer.start.line <= inner.start.line && inner.end.line <= outer.end.line);
}

function skipped({ skip }: Checks, rule: string): boolean {
  return skip === "all" || skip.has(rule);
}
