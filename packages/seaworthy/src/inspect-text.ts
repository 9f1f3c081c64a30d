import { parseDigest, shortDigest } from "@seaworthy/oci";
import type { Inspected, InspectedPlatform } from "./commands/inspect.ts";
import { formatBytes } from "./progress/format.ts";
import { brief } from "./progress/text.ts";

const COLUMNS = 80;
const WIDTH = 12;

/** For people: one line a fact, none longer than the terminal. Others wrote all of it, so nothing moves the terminal. */
export function inspectText(image: Inspected, columns = COLUMNS): string {
  const { name, digest, kind, annotations, referrers, platforms } = image;
  const lines = [
    `name    ${name}`,
    `digest  ${digest}`,
    `kind    ${kind}, ${counted(referrers, "referrer")}`,
    ...pairs("annotations", annotations),
    ...platforms.flatMap(platformLines),
  ];
  // Digests are for copying: a line with a whole one is never cut.
  return lines.map((line) => (line.includes(digest) ? line : keepIndent(line, columns))).join("\n");
}

function platformLines({
  platform,
  digest,
  size,
  created,
  config,
  layers,
}: InspectedPlatform): readonly string[] {
  const { user, entrypoint, cmd, workingDir, env, ports, labels } = config;
  return [
    "",
    `${platform}  ${formatBytes(size)}  ${shortDigest(parseDigest(digest))}`,
    ...fact("created", created ?? ""),
    fact("user", user === "" ? "root (none is set)" : user)[0]!,
    ...fact("entrypoint", quoted(entrypoint)),
    ...fact("cmd", quoted(cmd)),
    ...fact("workdir", workingDir),
    ...fact("ports", ports.join(" ")),
    ...fact("env", env.join(" ")),
    ...pairs("labels", labels, "  "),
    `  ${counted(layers.length, "layer")}`,
    ...layers.map(
      ({ size: bytes, digest: id, createdBy = "" }) =>
        `    ${formatBytes(bytes).padStart(8)}  ${shortDigest(parseDigest(id))}  ${createdBy}`,
    ),
  ];
}

function fact(name: string, value: string): readonly string[] {
  return value === "" ? [] : [`  ${name.padEnd(WIDTH)}${value}`];
}

function pairs(title: string, values: Readonly<Record<string, string>>, indent = ""): readonly string[] {
  const entries = Object.entries(values);
  if (entries.length === 0) return [];
  return [`${indent}${title}`, ...entries.map(([name, value]) => `${indent}  ${name}=${value}`)];
}

const quoted = (words: readonly string[]): string =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function keepIndent(line: string, columns: number): string {
  const indent = /^ */.exec(line)![0];
  return `${indent}${brief(line.slice(indent.length), columns - indent.length)}`;
}
