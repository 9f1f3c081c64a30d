import { illegal } from "./parse.ts";

/** What an expression stands for; `named` are its `key='value'` arguments. */
export type Expression = (argument: string | undefined, named: ReadonlyMap<string, string>) => string;
export type Expressions = Readonly<Record<string, Expression>>;

export interface TemplateContext {
  readonly expressions: Expressions;
  /** What messages start with. */
  readonly where: string;
  /** Told of names that stand for nothing. */
  readonly warn: (warning: string) => void;
}

const EXPRESSION = /\{\{\{\s*([^{}]*?)\s*\}\}\}|\{\{\s*([^{}]*?)\s*\}\}/g;
const PARTS = /^([A-Za-z_][\w.-]*)((?:\s+(?:[A-Za-z_]\w*=)?(?:'[^']*'|"[^"]*"))*)$/;
const ARGUMENT = /(?:([A-Za-z_]\w*)=)?(?:'([^']*)'|"([^"]*)")/g;

/**
 * The part of Handlebars that rules are written in: `{{name}}` and `{{name 'argument' key='value'}}`. Results go in
 * as they are. A name that stands for nothing gives nothing and a warning.
 * @throws ReleaseError `rules` for blocks, partials and everything else
 */
export function render(template: string, { expressions, where, warn }: TemplateContext): string {
  const filled = template.replaceAll(
    EXPRESSION,
    (written, triple: string | undefined, double: string | undefined) => {
      const [, name, args = ""] = PARTS.exec(triple ?? double ?? "") ?? [];
      if (name === undefined) {
        throw illegal(
          where,
          `${written} is no expression`,
          "write {{name}} or {{name 'argument' key='value'}}",
        );
      }
      if (Object.hasOwn(expressions, name)) {
        const { argument, named } = argumentsOf(args);
        return expressions[name]!(argument, named);
      }
      if (args !== "") throw illegal(where, `${written}: ${name} is not known`);
      warn(`${where}: ${written} stands for nothing here`);
      return "";
    },
  );
  if (/\{\{/.test(template.replaceAll(EXPRESSION, ""))) {
    throw illegal(where, `${JSON.stringify(template.slice(0, 200))} has an expression that is not closed`);
  }
  return filled;
}

function argumentsOf(text: string): {
  readonly argument?: string;
  readonly named: ReadonlyMap<string, string>;
} {
  const named = new Map<string, string>();
  let argument: string | undefined;
  for (const [, key, single, double] of text.matchAll(ARGUMENT)) {
    if (key === undefined) argument = single ?? double ?? "";
    else named.set(key, single ?? double ?? "");
  }
  return argument === undefined ? { named } : { argument, named };
}

/** True where the pattern is `{{raw}}` and nothing else. */
export function isRaw(pattern: string): boolean {
  return /^\{\{\s*raw\s*\}\}$|^\{\{\{\s*raw\s*\}\}\}$/.test(pattern);
}

/** The names a template uses. */
export function namesIn(template: string): ReadonlySet<string> {
  const names = [...template.matchAll(EXPRESSION)].map(
    ([, triple, double]) => PARTS.exec(triple ?? double ?? "")?.[1] ?? "",
  );
  return new Set(names);
}
