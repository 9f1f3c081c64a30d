import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Plugin } from "rolldown";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * Writes the licences of every package that went into a bundle beside it: a bundle is a copy, and the
 * licences ask that their text comes along with it.
 */
export function thirdPartyNotices(fileName: string): Plugin {
  return {
    name: "third-party-notices",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((output) =>
        output.type === "chunk" ? output.moduleIds : [],
      );
      const folders = new Set(modules.filter((id) => id.includes("node_modules")).map(packageFolder));
      if (folders.size === 0) return;
      const notices = [...folders].map(notice).toSorted();
      this.emitFile({ type: "asset", fileName, source: notices.join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}

/** The folder with the manifest that has a name: packages put nameless ones into folders of their own. */
function packageFolder(module: string): string {
  for (
    let folder = dirname(module.replace(/^\0/, ""));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    const file = join(folder, "package.json");
    if (existsSync(file) && "version" in readManifest(folder)) return folder;
  }
  throw new Error(`no package.json above ${module}`);
}

function notice(folder: string): string {
  const { name, version, license } = readManifest(folder);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
  const text =
    file === undefined ? "" : readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
  return `${name} ${version} (${license ?? "licence not named"})\n\n${text}\n`;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
