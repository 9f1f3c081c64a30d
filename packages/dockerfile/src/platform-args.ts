import { formatPlatform } from "@seaworthy/oci";
import type { Platform } from "@seaworthy/oci";

/** Names every platform argument has, after BUILD or TARGET. */
const PARTS = ["PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT"] as const;

/** ARGs that are there before the first FROM; a stage sees them once it says `ARG NAME`. */
export const PLATFORM_ARGS: ReadonlySet<string> = new Set(
  [...PARTS.flatMap((part) => [`BUILD${part}`, `TARGET${part}`]), "TARGETSTAGE"].toSorted(),
);

/** Build arguments that RUN sees without an ARG, and that neither cache keys nor history may hold. */
export const PROXY_ARGS: ReadonlySet<string> = new Set(
  ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]),
);

/**
 * The values of `PLATFORM_ARGS`. What a platform does not have is empty.
 * @param stage the name of the target stage; "default" where it has none
 */
export function platformArgs({
  build,
  target,
  stage = "default",
}: {
  readonly build: Platform;
  readonly target: Platform;
  readonly stage?: string;
}): ReadonlyMap<string, string> {
  const values = new Map([["TARGETSTAGE", stage]]);
  for (const [prefix, platform] of [
    ["BUILD", build],
    ["TARGET", target],
  ] as const) {
    values.set(`${prefix}PLATFORM`, formatPlatform(platform));
    values.set(`${prefix}OS`, platform.os);
    values.set(`${prefix}OSVERSION`, "");
    values.set(`${prefix}ARCH`, platform.architecture);
    values.set(`${prefix}VARIANT`, platform.variant ?? "");
  }
  return values;
}
