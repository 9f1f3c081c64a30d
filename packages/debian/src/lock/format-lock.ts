import type { BasesLock, LockedBase } from "./lock.ts";

/** The text of `bases.lock.json`: the same lock is the same text, with one line for each package. */
export function formatLock({ bases }: BasesLock): string {
  const blocks = sorted(bases).map(([name, platforms]) => {
    const inner = sorted(platforms).map(
      ([platform, locked]) => `      ${quote(platform)}: ${formatBase(locked)}`,
    );
    return `    ${quote(name)}: {\n${inner.join(",\n")}\n    }`;
  });
  const body = blocks.length === 0 ? "{}" : `{\n${blocks.join(",\n")}\n  }`;
  return `{\n  "version": 1,\n  "bases": ${body}\n}\n`;
}

function formatBase({ suite, requested, releases, packages, npm }: LockedBase): string {
  return [
    "{",
    `        "suite": ${quote(suite)},`,
    `        "requested": {`,
    `          "packages": ${line(requested.packages)},`,
    `          "omit": ${line(requested.omit)},`,
    `          "components": ${line(requested.components)}`,
    `        },`,
    `        "releases": ${list(releases.map(({ archive, suite: name, date, sha256 }) => ({ archive, suite: name, date, sha256 })))},`,
    `        "packages": ${list(
      packages.map(({ name, version, arch, source, archive, path, size, sha256 }) => ({
        name,
        version,
        arch,
        ...(source !== undefined && { source }),
        archive,
        path,
        size,
        sha256,
      })),
    )},`,
    `        "npm": ${list(npm.map(({ name, version, path, integrity }) => ({ name, version, path, integrity })))}`,
    "      }",
  ].join("\n");
}

function list(items: readonly object[]): string {
  if (items.length === 0) return "[]";
  return `[\n${items.map((item) => `          ${line(item)}`).join(",\n")}\n        ]`;
}

/** JSON on one line, with spaces for people. */
function line(value: object): string {
  if (Array.isArray(value)) return `[${value.map(quote).join(", ")}]`;
  return `{ ${Object.entries(value)
    .map(([key, field]) => `${quote(key)}: ${JSON.stringify(field)}`)
    .join(", ")} }`;
}

function quote(text: unknown): string {
  return JSON.stringify(text);
}

function sorted<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
