import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { OutputBundle } from "rolldown";

/** A package of which something is in a bundle. */
export interface BundledPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string;
}

/** What went into a bundle from `node_modules`, by name and version: only what is left when unused code is gone. */
export function bundledPackages(bundle: OutputBundle): readonly BundledPackage[] {
  const modules = Object.values(bundle).flatMap((output) =>
    output.type === "chunk" ? output.moduleIds : [],
  );
  const folders = new Set(modules.filter((id) => id.includes("node_modules")).map(packageFolder));
  const found = [...folders].map((folder) => {
    const { name, version, license, author } = readManifest(folder) as Manifest;
    const person = typeof author === "string" ? author : author?.name;
    return {
      folder,
      name,
      version,
      ...(license !== undefined && { license }),
      ...(person !== undefined && { author: person.replace(/\s*[<(].*$/, "") }),
    };
  });
  return found.toSorted((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

interface Manifest extends Omit<BundledPackage, "folder" | "author"> {
  readonly author?: string | { readonly name?: string };
}

/** The folder with the manifest that has a name: packages put nameless ones into folders of their own. */
function packageFolder(module: string): string {
  for (
    let folder = dirname(module.replace(/^\0/, ""));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    const file = join(folder, "package.json");
    if (existsSync(file) && readManifest(folder).version !== undefined) return folder;
  }
  throw new Error(`no package.json above ${module}`);
}

function readManifest(folder: string): Partial<Manifest> {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Partial<Manifest>;
}
