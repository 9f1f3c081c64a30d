import type { Cataloger, NamedPackage } from "../cataloger.ts";
import { beginningOf } from "../formats/content.ts";

const LINES = 200;

/**
 * Ruby gems by what RubyGems writes when it installs one. A specification is a program; the line for programs that do
 * not want to run it says name and version: `# stub: rake 13.0.6 ruby lib`.
 */
export function ruby(): Cataloger {
  return {
    name: "ruby-gems",
    wants: ({ path }) => (path.endsWith(".gemspec") && isInstalled(path) ? 64 << 10 : undefined),
    read(file) {
      const lines = beginningOf(file).toString("utf8").split("\n", LINES);
      const stub = lines.find((line) => line.startsWith("# stub: "));
      const [name, version, platform] = stub?.slice("# stub: ".length).split(" ") ?? [];
      if (name === undefined || version === undefined)
        throw new Error('expected a line "# stub: NAME VERSION", found none');
      return [toPackage(name, version, platform, lines)];
    },
  };
}

function isInstalled(path: string): boolean {
  const folders = path.split("/").slice(0, -1);
  return folders.at(-1) === "specifications" || folders.slice(-2).join("/") === "specifications/default";
}

function toPackage(
  name: string,
  version: string,
  platform: string | undefined,
  lines: readonly string[],
): NamedPackage {
  const authors = textsIn(lines, "authors");
  return {
    type: "gem",
    name,
    version,
    licenses: textsIn(lines, "licenses"),
    hashes: [],
    ...(authors.length > 0 && { supplier: authors.join(", ") }),
    ...(platform !== undefined && platform !== "ruby" && { arch: platform }),
  };
}

/** `  s.licenses = ["MIT".freeze, "Ruby".freeze]` */
function textsIn(lines: readonly string[], field: string): readonly string[] {
  const line = lines.find((each) => each.startsWith(`  s.${field} = [`)) ?? "";
  return [...line.matchAll(/"([^"\\]{1,200})"/g)].map(([, text = ""]) => text);
}
