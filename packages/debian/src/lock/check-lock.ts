import { formatPlatform } from "@seaworthy/oci";
import type { Platform } from "@seaworthy/oci";
import type { DebianArch, DebianBase } from "../base.ts";
import { npmName } from "../npm/npm-name.ts";
import type { BasesLock, LockedBase } from "./lock.ts";

/** One way in which the lock does not say what the config asks for. */
export interface LockProblem {
  readonly base: string;
  readonly platform: string;
  /** `not in the lock`, `suite: the config says trixie, the lock bookworm`. */
  readonly problem: string;
}

/** What is missing from the lock or was resolved for another config; empty where it can be built from. */
export function checkLock(
  bases: Readonly<Record<string, DebianBase>>,
  lock: BasesLock,
  platforms: readonly Platform[],
): readonly LockProblem[] {
  return Object.entries(bases).flatMap(([base, wanted]) =>
    platforms.flatMap((platform) => {
      const name = formatPlatform(platform);
      const locked = lock.bases[base]?.[name];
      const problems = locked === undefined ? ["not in the lock"] : differences(wanted, locked, platform);
      return problems.map((problem) => ({ base, platform: name, problem }));
    }),
  );
}

/** What of the config the lock does not answer, in words. */
export function differences(base: DebianBase, locked: LockedBase, platform: Platform): readonly string[] {
  const arch = platform.architecture as DebianArch;
  const wanted = base.npm.map((source) => `${npmName(source, arch)}@${source.version}`);
  const pairs = [
    ["suite", [base.suite], [locked.suite]],
    ["packages", base.packages, locked.requested.packages],
    ["omit", base.omit, locked.requested.omit],
    ["components", base.components, locked.requested.components],
    ["npm", wanted, locked.npm.map(({ name, version }) => `${name}@${version}`)],
  ] as const;
  const foreign = locked.packages.find((one) => one.arch !== "all" && one.arch !== arch);
  if (foreign !== undefined) return [`packages: ${foreign.name} is for ${foreign.arch}`];
  return pairs.flatMap(([field, config, found]) => {
    const added = config.filter((each) => !found.includes(each));
    const gone = found.filter((each) => !config.includes(each));
    if (added.length === 0 && gone.length === 0) return [];
    const parts = [
      ...(added.length > 0 ? [`the lock lacks ${added.join(", ")}`] : []),
      ...(gone.length > 0 ? [`the config no longer has ${gone.join(", ")}`] : []),
    ];
    return [`${field}: ${parts.join("; ")}`];
  });
}
