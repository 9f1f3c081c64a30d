import {
  type Descriptor,
  formatReference,
  isReferrersTag,
  parseReference,
  withDefaultTag,
} from "@seaworthy/oci";
import { CliError } from "../error.ts";

/** An image of a layout or an archive, with what it is called there. */
export interface Candidate {
  readonly names: readonly string[];
  readonly root: Descriptor;
}

/**
 * The one that is asked for by name, tag or digest; without being asked, the only one.
 * @throws CliError `usage`, which names those that are there
 */
export function chooseImage<T extends Candidate>(
  candidates: readonly T[],
  wanted: string | undefined,
  where: string,
): T {
  const images = candidates.filter(({ names }) => !names.some((name) => isReferrersTag(tagOf(name))));
  const fits = wanted === undefined ? images : images.filter((image) => isCalled(image, wanted));
  const [first, ...others] = fits;
  if (first !== undefined && others.every(({ root }) => root.digest === first.root.digest)) return first;
  const held = images.flatMap(({ names, root }) => names[0] ?? root.digest);
  const known = held.length === 0 ? "it holds no image" : `it holds ${[...new Set(held)].join(", ")}`;
  const problem = wanted === undefined ? "expected one image" : `expected an image ${JSON.stringify(wanted)}`;
  throw new CliError("usage", `${where}: ${problem}; ${known}`, {
    hint: held.length === 0 ? "name another one" : `say which: ${where}:NAME`,
  });
}

function isCalled({ names, root }: Candidate, wanted: string): boolean {
  return (
    root.digest === wanted ||
    names.some((name) => name === wanted || tagOf(name) === wanted || inFull(name) === inFull(wanted))
  );
}

/** A name alone is a tag, as some tools write it. */
export const tagOf = (name: string): string => name.slice(name.lastIndexOf(":") + 1);

/** `web:1` and `docker.io/library/web:1` are one name. */
function inFull(name: string): string {
  try {
    return formatReference(withDefaultTag(parseReference(name)));
  } catch {
    return name;
  }
}
