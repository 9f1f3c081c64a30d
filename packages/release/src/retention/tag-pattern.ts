const PLACEHOLDERS: Readonly<Record<string, string>> = {
  // 1.2.3, a pre-release of it, the series 1.2 and 1, four numbers; and as Python writes them.
  "<version>":
    "v?(?:\\d+(?:\\.\\d+){2,3}(?:[-_.+][0-9A-Za-z][0-9A-Za-z._-]*)?|\\d+(?:\\.\\d+)?|\\d+(?:\\.\\d+)*(?:a|b|rc|\\.post|\\.dev)\\d+)",
  "<sha>": "(?:[0-9a-f]{7,40}|[0-9a-f]{64})",
  "*": ".*",
  "?": ".",
};

/**
 * A pattern over whole tags: `*` and `?` as in file names, `<version>` for a version with or without `v`, or its series,
 * `<sha>` for a commit, whole or shortened: `*-<sha>`. No tag has `<` in it.
 */
export function tagPattern(pattern: string): RegExp {
  const parts = pattern.split(/(<version>|<sha>|[*?])/);
  return new RegExp(`^${parts.map((part) => PLACEHOLDERS[part] ?? escaped(part)).join("")}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.+()[\]{}|-]/g, String.raw`\$&`);
}

const ATTACHMENT = /^sha256-([0-9a-f]{64})(?:\.[a-z]+)?$/;

/** The subject, in hex, of a tag that holds referrers, or a signature as cosign keeps it; undefined for all others. */
export function subjectOfTag(tag: string): string | undefined {
  return ATTACHMENT.exec(tag)?.[1];
}
