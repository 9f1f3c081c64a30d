import {
  type CopyStats,
  type Descriptor,
  type Repository,
  copyGraph,
  isIndexType,
  readIndex,
} from "@seaworthy/oci";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { formatBytes } from "../progress/format.ts";
import { type CopyTarget, openTarget } from "./copy-target.ts";
import { openImage } from "./open-image.ts";

export interface CopyFlags {
  readonly config?: string;
  /** Move a tag that points at something else. */
  readonly force?: boolean;
}

export interface CopyOutcome {
  /** Name and digest in the new place. */
  readonly reference: string;
  readonly lines: readonly string[];
}

/** Evidence of evidence of evidence: a signature of an SBOM is two deep. */
const MAX_DEPTH = 4;

/**
 * Copies an image with everything that refers to it or to its platforms, then sets the tag that the target names.
 * @param say told of each piece that is sent
 * @throws CliError `usage` where that tag points at something else
 */
export async function runCopy(
  machine: Machine,
  { from, to }: { readonly from: string; readonly to: string },
  { config, force = false }: CopyFlags,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<CopyOutcome> {
  const image = await openImage(machine, from, { config, signal });
  try {
    for (const note of image.notes) say(`note: ${note}`);
    const target = await openTarget(machine, to, { config, signal });
    await refuseToMove(target, image.root, force, signal);
    const copy = new EvidenceCopy(image.repository, target.repository, say, signal);
    await copy.graph(image.root);
    if (target.tag !== undefined) {
      // Asked again: copying may have taken long.
      await refuseToMove(target, image.root, force, signal);
      await target.repository.tag(image.root, target.tag, signal);
    }
    const { name, tag } = target;
    const place = tag === undefined ? name : `${name}:${tag}`;
    return {
      reference: `${name}@${image.root.digest}`,
      lines: [`copied ${image.name} to ${place}: ${copy.summary()}`],
    };
  } finally {
    await image.close();
  }
}

async function refuseToMove(
  { repository, name, tag }: CopyTarget,
  root: Descriptor,
  force: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (tag === undefined || force) return;
  const held = await repository.resolve(tag, signal);
  if (held === undefined || held.digest === root.digest) return;
  throw new CliError("usage", `${name}:${tag}: points at ${held.digest}, would point at ${root.digest}`, {
    hint: "name another tag, or move this one with --force",
  });
}

/** A graph and, around it, what refers to its parts. */
class EvidenceCopy {
  readonly #from: Repository;
  readonly #to: Repository;
  readonly #say: (line: string) => void;
  readonly #signal: AbortSignal;
  readonly #seen = new Set<string>();
  #stats: CopyStats = { sent: 0, bytesSent: 0, skipped: 0 };
  #referrers = 0;

  constructor(from: Repository, to: Repository, say: (line: string) => void, signal: AbortSignal) {
    this.#from = from;
    this.#to = to;
    this.#say = say;
    this.#signal = signal;
  }

  async graph(root: Descriptor, depth = 0): Promise<void> {
    const onBlob = ({ digest, size }: Descriptor, sent: boolean): void => {
      if (sent) this.#say(`sent ${digest}  ${formatBytes(size)}`);
    };
    const { sent, bytesSent, skipped } = await copyGraph(root, this.#from, this.#to, {
      signal: this.#signal,
      onBlob,
    });
    this.#stats = {
      sent: this.#stats.sent + sent,
      bytesSent: this.#stats.bytesSent + bytesSent,
      skipped: this.#stats.skipped + skipped,
    };
    if (depth >= MAX_DEPTH) return;
    for (const subject of await this.#subjects(root)) {
      for (const referrer of await this.#from.referrers(subject.digest, undefined, this.#signal)) {
        if (this.#seen.has(referrer.digest)) continue;
        this.#seen.add(referrer.digest);
        this.#referrers += 1;
        await this.graph(referrer, depth + 1);
      }
    }
  }

  async #subjects(root: Descriptor): Promise<readonly Descriptor[]> {
    if (!isIndexType(root.mediaType)) return [root];
    return [root, ...(await readIndex(this.#from, root, this.#signal)).manifests];
  }

  summary(): string {
    const { sent, bytesSent, skipped } = this.#stats;
    return `${sent} sent (${formatBytes(bytesSent)}), ${skipped} were there, ${this.#referrers} referrers`;
  }
}
