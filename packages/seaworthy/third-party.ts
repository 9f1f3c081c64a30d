import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "rolldown";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Writes the licences of what went into the bundle beside it: they ask to come along with every copy. */
export function thirdPartyNotices(fileName: string): Plugin {
  return {
    name: "third-party-notices",
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
      const folders = new Set(modules.filter((id) => id.includes("/node_modules/")).map(folderOf));
      const notices = [...folders].map(noticeOf).toSorted();
      this.emitFile({ type: "asset", fileName, source: notices.join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}

/** Folders inside a package may have a manifest too, but only the package's own has a version. */
function folderOf(module: string): string {
  const path = module.replace(/^\0/, "").replace(/\?.*$/, "");
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && "version" in manifestOf(folder)) return folder;
  }
  throw new Error(`${module}: no package.json above it`);
}

function noticeOf(folder: string): string {
  const { name, version, license = "licence not named" } = manifestOf(folder);
  const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice)(?:[.-]\w+)*$/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim());
  return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
