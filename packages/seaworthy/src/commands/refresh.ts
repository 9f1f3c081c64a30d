import { writeFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "@seaworthy/builder";
import { type BasesLock, type DebianBase, formatLock, resolveBases } from "@seaworthy/debian";
import { hostPlatform, formatPlatform, parsePlatform } from "@seaworthy/oci";
import { CliError } from "../error.ts";
import { LOCK_FILE, readLock } from "../machine/read-lock.ts";
import type { Machine } from "../machine/machine.ts";
import { openArchive } from "../machine/mirrors.ts";
import { openProject } from "./context.ts";

export interface Refreshed {
  readonly file: string;
  /** `openssl 3.5.1-1 → 3.5.1-1+deb13u1`, one a line; empty where the lock was up to date. */
  readonly changes: readonly string[];
}

/** Moves the lock to what the signed archives offer now. */
export async function runRefresh(
  machine: Machine,
  flags: { readonly config?: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<Refreshed> {
  const { config, root } = await openProject(machine, flags.config);
  const bases = config.bases as Readonly<Record<string, DebianBase>>;
  if (Object.keys(bases).length === 0) {
    throw new CliError("config", "config: has no assembled bases, so there is no lock to refresh", {
      hint: "assembled bases are written as bases: { NAME: debian({ … }) }",
    });
  }
  const names = new Set([...(config.platforms ?? []), formatPlatform(hostPlatform())]);
  const platforms = [...names].map((text) => parsePlatform(text));
  const previous = await readLock(root);
  const archive = await openArchive(machine, config.mirrors);
  progress({ type: "start", id: "refresh", name: `refresh ${LOCK_FILE}` });
  const started = performance.now();
  const lock = await resolveBases(
    bases,
    platforms,
    archive,
    signal,
    undefined,
    previous === undefined ? {} : { previous },
  );
  progress({ type: "end", id: "refresh", status: "done", ms: performance.now() - started });
  const file = join(root, LOCK_FILE);
  await writeFile(`${file}.tmp`, formatLock(lock));
  await rename(`${file}.tmp`, file);
  return { file, changes: changesOf(previous, lock) };
}

function changesOf(before: BasesLock | undefined, after: BasesLock): readonly string[] {
  const old = versionsOf(before);
  const now = versionsOf(after);
  const names = [...new Set([...old.keys(), ...now.keys()])].toSorted();
  return names.flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    return was === is ? [] : [`${name} ${was ?? "(new)"} → ${is ?? "(gone)"}`];
  });
}

function versionsOf(lock: BasesLock | undefined): ReadonlyMap<string, string> {
  const locked = Object.values(lock?.bases ?? {}).flatMap((platforms) => Object.values(platforms));
  return new Map(
    locked.flatMap(({ packages, npm }) =>
      [...packages, ...npm].map(({ name, version }) => [name, version] as const),
    ),
  );
}
