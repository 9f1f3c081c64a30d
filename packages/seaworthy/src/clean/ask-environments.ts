import type { Digest, Repository } from "@seaworthy/oci";
import { CliError } from "../error.ts";
import { isAbort } from "../describe-error.ts";
import { openEnvironment } from "../machine/environment.ts";
import type { Machine } from "../machine/machine.ts";
import type { Project } from "../commands/context.ts";

export interface AskOptions {
  /** Where images are published. */
  readonly repository: Repository;
  /** Those that are not asked: what the registry knows of them has to do. */
  readonly unasked: readonly string[];
  /** Somebody who only looks is told that one did not answer; whoever deletes has to know. */
  readonly apply: boolean;
  readonly warn: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * What runs in the environments of the config, and what they can go back to, to each digest where: a deployment whose
 * record could not be written is known to its target alone.
 * @throws CliError `unmet` where one does not answer
 */
export async function askEnvironments(
  machine: Machine,
  { config, root, storeDir }: Project,
  { repository, unasked, apply, warn, signal }: AskOptions,
): Promise<ReadonlyMap<Digest, string>> {
  const needed = new Map<Digest, string>();
  for (const name of Object.keys(config.environments)) {
    if (unasked.includes(name)) continue;
    try {
      const { target } = await openEnvironment(name, { machine, config, root, storeDir, repository });
      const { pending, good, services } = await target.status(signal);
      for (const { image } of good.slice(0, config.retention.rollbacks + 1))
        needed.set(image.digest, `known to ${name}`);
      for (const { digest } of services) if (digest !== undefined) needed.set(digest, `runs in ${name}`);
      if (pending !== undefined) needed.set(pending.digest, `begun in ${name}`);
    } catch (error) {
      if (isAbort(error) || signal.aborted) throw error;
      const message = `${name}: cannot be asked what it needs: ${(error as Error).message}`;
      if (!apply) warn(`${message}; --apply will not go on without that`);
      else {
        throw new CliError("unmet", message, {
          cause: error,
          hint: `make it reachable, or go by what the registry knows of it: --unasked ${name}`,
        });
      }
    }
  }
  return needed;
}
