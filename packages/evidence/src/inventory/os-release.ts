import type { Visible } from "../image/visible.ts";
import type { LayerVisitor } from "../image/visitor.ts";
import { wholeOf } from "./formats/content.ts";
import type { Distro } from "./package.ts";
import { Readings } from "./readings.ts";

const PLACES = ["etc/os-release", "usr/lib/os-release"];

export interface OsRelease extends LayerVisitor {
  /** After the pass. The first of the two places that a container finds something in. */
  distro(image: Visible): Distro | undefined;
  problems(image: Visible): readonly string[];
}

/** What the image calls itself (os-release(5)). */
export function osRelease(): OsRelease {
  const readings = new Readings({
    wants: ({ path }) => (PLACES.includes(path) ? 64 << 10 : undefined),
    read: (file) => toDistro(wholeOf(file).toString("utf8")),
  });
  return {
    wants: (entry) => readings.wants(entry),
    visit: (file) => readings.visit(file),
    distro(image) {
      const seen = new Map(readings.seen(image).map(({ path, fact }) => [path, fact]));
      const found = PLACES.map((place) => seen.get(image.fileAt(place)?.path ?? place));
      return found.find((distro) => distro !== undefined);
    },
    problems: (image) => readings.problems(image),
  };
}

/** Undefined for a file that names nobody. */
function toDistro(text: string): Distro | undefined {
  const fields = new Map(text.split("\n").flatMap(assignment));
  const [id, version, name] = ["ID", "VERSION_ID", "PRETTY_NAME"].map((field) => fields.get(field));
  if (id === undefined || !/^[a-z0-9._-]{1,64}$/.test(id)) return undefined;
  return {
    id,
    ...(version !== undefined && /^[\w.~+-]{1,64}$/.test(version) && { version }),
    ...(name !== undefined && /^[^\p{Cc}]{1,256}$/u.test(name) && { name }),
  };
}

/** A line of shell: `NAME=value`, quoted where the value needs it. */
function assignment(line: string): readonly (readonly [string, string])[] {
  const [, name, double, single, bare] =
    /^([A-Z][A-Z0-9_]*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))\s*$/.exec(line) ?? [];
  const value = double?.replaceAll(/\\(.)/g, "$1") ?? single ?? bare ?? "";
  return name === undefined || value === "" ? [] : [[name, value]];
}
