import type { Finding } from "./finding.ts";
import type { LayerOrigin } from "./origin.ts";

/** What to do about a finding, in a line. */
export function adviceFor({ package: found, fixedIn, remarks }: Finding, { base }: LayerOrigin): string {
  if (remarks.includes("malicious")) return `remove ${found.name}, and change what it may have seen`;
  if (base?.kind === "assembled") {
    return fixedIn === undefined ? "wait for a fix, or leave the package out" : "seaworthy refresh";
  }
  if (fixedIn === undefined) return "replace it, or except it with a reason";
  if (base !== undefined) return `take a newer ${base.name}`;
  switch (found.type) {
    case "deb":
    case "apk":
    case "rpm":
      return "take a newer base, or update its packages in the Dockerfile";
    case "golang":
      return found.name === "stdlib" ? `build with Go ${fixedIn}` : `bump ${found.name} to ${fixedIn}`;
    case "npm":
    case "pypi":
    case "cargo":
    case "maven":
    case "gem":
    case "generic":
      return `bump ${found.name} to ${fixedIn}`;
  }
}

/** `layer 3, Dockerfile:12`; the history's line where nobody knows which line of which file it is. */
export function placeOf({ layer, line, createdBy, base }: LayerOrigin): string {
  if (layer < 0) return "not known";
  const from =
    line === undefined
      ? (base?.name ?? (createdBy === undefined ? undefined : shortened(createdBy)))
      : `${line.file}:${line.line}`;
  return from === undefined ? `layer ${layer}` : `layer ${layer}, ${from}`;
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
