import type { Secret } from "@seaworthy/oci";

/** Proxies by scheme; hosts in `noProxy` (comma-separated, as in the environment) are reached directly. */
export interface ProxySettings {
  readonly http?: string;
  readonly https?: string;
  readonly noProxy?: string;
}

/** Roots of mirrors, tried in order. No trailing slash is needed. */
export interface Mirrors {
  readonly debian: readonly string[];
  readonly debianSecurity: readonly string[];
  readonly npm: readonly string[];
  /** `Authorization` headers, by host and path as in an npmrc: `registry.example/npm/`. */
  readonly npmAuthorization?: ReadonlyMap<string, Secret>;
  /** How the mirrors are reached, where not directly. */
  readonly proxy?: ProxySettings;
}

/** Where Debian and npm publish. */
export const DEFAULT_MIRRORS: Mirrors = {
  debian: ["http://deb.debian.org/debian"],
  debianSecurity: ["http://deb.debian.org/debian-security"],
  npm: ["https://registry.npmjs.org"],
};
