/**
 * A version as PEP 440 reads it. Local to this file, so that a library can take its place behind the same four names.
 * Order and normal form follow "Version scheme" and "Summary of permitted suffixes and relative ordering".
 */
export interface Pep440 {
  readonly epoch: number;
  readonly release: readonly number[];
  readonly pre?: readonly ["a" | "b" | "rc", number];
  readonly post?: number;
  readonly dev?: number;
  readonly local?: readonly (string | number)[];
}

const SEPARATED = "[-_.]?";
const PATTERN = new RegExp(
  [
    "^v?(?:(?<epoch>\\d+)!)?(?<release>\\d+(?:\\.\\d+)*)",
    `(?:${SEPARATED}(?<pre>alpha|a|beta|b|preview|pre|c|rc)${SEPARATED}(?<preN>\\d*))?`,
    `(?:-(?<postOnly>\\d+)|${SEPARATED}(?<post>post|rev|r)${SEPARATED}(?<postN>\\d*))?`,
    `(?:${SEPARATED}(?<dev>dev)${SEPARATED}(?<devN>\\d*))?`,
    "(?:\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$",
  ].join(""),
  "i",
);

const PHASES: Readonly<Record<string, "a" | "b" | "rc">> = {
  a: "a",
  alpha: "a",
  b: "b",
  beta: "b",
  c: "rc",
  rc: "rc",
  pre: "rc",
  preview: "rc",
};

const MAX_LENGTH = 256;

/** With or without a leading `v`; undefined where it does not conform. */
export function parsePep440(text: string): Pep440 | undefined {
  const found = text.length > MAX_LENGTH ? undefined : PATTERN.exec(text.trim())?.groups;
  if (found === undefined) return undefined;
  const { epoch, release = "", pre, preN, postOnly, post, postN, dev, devN, local } = found;
  const phase = pre === undefined ? undefined : PHASES[pre.toLowerCase()];
  const postNumber = postOnly ?? (post === undefined ? undefined : postN);
  return {
    epoch: Number(epoch ?? 0),
    release: release.split(".").map(Number),
    ...(phase === undefined ? {} : { pre: [phase, Number(preN)] as const }),
    ...(postNumber === undefined ? {} : { post: Number(postNumber) }),
    ...(dev === undefined ? {} : { dev: Number(devN) }),
    ...(local === undefined ? {} : { local: segments(local) }),
  };
}

function segments(local: string): readonly (string | number)[] {
  return local
    .toLowerCase()
    .split(/[-_.]/)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** The normal form: `1.2.3rc2`, `1.2.post1`. */
export function formatPep440({ epoch, release, pre, post, dev, local }: Pep440): string {
  return [
    epoch === 0 ? "" : `${epoch}!`,
    release.join("."),
    pre === undefined ? "" : pre.join(""),
    post === undefined ? "" : `.post${post}`,
    dev === undefined ? "" : `.dev${dev}`,
    local === undefined ? "" : `+${local.join(".")}`,
  ].join("");
}

/** Below 0 where `a` is older. */
export function comparePep440(a: Pep440, b: Pep440): number {
  return (
    a.epoch - b.epoch ||
    compareLists(a.release, b.release, 0) ||
    compareLists(phaseKey(a), phaseKey(b), 0) ||
    (a.post ?? -1) - (b.post ?? -1) ||
    order(a.dev ?? Infinity, b.dev ?? Infinity) ||
    compareLocal(a.local, b.local)
  );
}

/** dev before a, b, rc before the release itself; only a dev of the release itself comes before its alphas. */
function phaseKey({ pre, post, dev }: Pep440): readonly number[] {
  if (pre === undefined) return post === undefined && dev !== undefined ? [-1, 0] : [3, 0];
  return [["a", "b", "rc"].indexOf(pre[0]), pre[1]];
}

function compareLists(a: readonly number[], b: readonly number[], missing: number): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? missing) - (b[at] ?? missing);
    if (difference !== 0) return difference;
  }
  return 0;
}

const order = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** A local version is newer than none; numbers are newer than words; more segments are newer. */
function compareLocal(a: Pep440["local"], b: Pep440["local"]): number {
  if (a === undefined || b === undefined) return order(a === undefined ? 0 : 1, b === undefined ? 0 : 1);
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [left, right] = [a[at]!, b[at]!];
    if (left === right) continue;
    if (typeof left === "number" && typeof right === "number") return left - right;
    if (typeof left !== typeof right) return typeof left === "number" ? 1 : -1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
