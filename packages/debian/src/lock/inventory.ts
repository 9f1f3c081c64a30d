import type { LockedBase } from "./lock.ts";

/** One package in an assembled base, for an inventory. */
export interface InstalledPackage {
  readonly origin: "debian" | "npm";
  readonly name: string;
  readonly version: string;
  /** Debian architecture; absent for npm. */
  readonly arch?: string;
  readonly source?: { readonly name: string; readonly version: string };
  readonly hash: { readonly algorithm: "sha256" | "sha512" | "sha384"; readonly hex: string };
}

/** All that a base is made of, Debian packages first, each part sorted as in the lock. */
export function packagesOf({ packages, npm }: LockedBase): readonly InstalledPackage[] {
  const debian = packages.map(({ name, version, arch, source, sha256 }): InstalledPackage => {
    const [, sourceName = name, sourceVersion = version] =
      /^(\S+)(?: \(([^)]+)\))?$/.exec(source ?? name) ?? [];
    return {
      origin: "debian",
      name,
      version,
      arch,
      source: { name: sourceName, version: sourceVersion },
      hash: { algorithm: "sha256", hex: sha256 },
    };
  });
  const others = npm.map(({ name, version, integrity }): InstalledPackage => {
    const dash = integrity.indexOf("-");
    const hex = Buffer.from(integrity.slice(dash + 1), "base64").toString("hex");
    return { origin: "npm", name, version, hash: { algorithm: integrity.slice(0, dash) as "sha512", hex } };
  });
  return [...debian, ...others];
}
