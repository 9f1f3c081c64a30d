import { peer } from "../peers.ts";

export interface GitleaksRule {
  readonly id: string;
  /** In Go's syntax; missing where it goes by the file's name alone. */
  readonly regex: string | undefined;
  readonly path: string | undefined;
  readonly keywords: readonly string[];
}

/** The rules that gitleaks has built in, read from the program itself: so they are those of the one that is compared with. */
export async function builtInRules(): Promise<readonly GitleaksRule[]> {
  const { stdout } = await peer("cat", "/usr/bin/gitleaks");
  const begun = stdout.slice(stdout.indexOf('title = "gitleaks config"'));
  const text = begun.slice(0, begun.search(/[^\t\n\r -~]/));
  return text
    .split("[[rules]]")
    .slice(1)
    .map((rule) => ({
      id: /^id = "(.*)"/m.exec(rule)![1]!,
      regex: /^regex = '''(.*)'''/m.exec(rule)?.[1],
      path: /^path = '''(.*)'''/m.exec(rule)?.[1],
      keywords: [...(/^keywords = \[([^\]]*)\]/m.exec(rule)?.[1] ?? "").matchAll(/"([^"]*)"/g)].map(
        ([, keyword]) => keyword!,
      ),
    }));
}
