import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "rolldown";

import { type BundledPackage, bundledPackages } from "./bundled-packages.ts";

/**
 * Writes the licences of every package that went into a bundle beside it: a bundle is a copy, and the
 * licences ask that their text comes along with it.
 */
export function thirdPartyNotices(fileName: string): Plugin {
  return {
    name: "third-party-notices",
    generateBundle(_options, bundle) {
      const notices = bundledPackages(bundle).map(notice);
      if (notices.length === 0) return;
      this.emitFile({ type: "asset", fileName, source: notices.join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}

function notice({ folder, name, version, license }: BundledPackage): string {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
  const text =
    file === undefined ? "" : readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
  return `${name} ${version} (${license ?? "licence not named"})\n\n${text}\n`;
}
