import type { Visible } from "../image/visible.ts";
import type { LayerVisitor } from "../image/visitor.ts";
import type { Cataloger, LocatedPackage, NamedPackage } from "./cataloger.ts";
import { keepNamed } from "./check-package.ts";
import { type Reading, Readings } from "./readings.ts";

export interface Catalog extends LayerVisitor {
  /** After the pass. */
  conclude(image: Visible): {
    readonly packages: readonly LocatedPackage[];
    readonly problems: readonly string[];
  };
}

/** A cataloger at work: what it reads is checked, and only what a container sees counts. */
export function catalog(cataloger: Cataloger): Catalog {
  const checked = keepNamed();
  const readings = new Readings<readonly NamedPackage[]>({
    wants: (entry) => cataloger.wants(entry),
    read: async (file, onProblem) => checked(await cataloger.read(file, onProblem), onProblem),
    follow(entry) {
      const follower = cataloger.follow?.(entry);
      if (follower === undefined) return undefined;
      return {
        write: (chunk) => follower.write(chunk),
        end: (onProblem) => checked(follower.end(onProblem), onProblem),
      };
    },
  });
  return {
    wants: (entry) => readings.wants(entry),
    visit: (file) => readings.visit(file),
    follow: (entry, layer) => readings.follow(entry, layer),
    conclude(image) {
      const packages = readings.seen(image).flatMap(located);
      return {
        packages: cataloger.finish?.(packages, image) ?? packages,
        problems: readings.problems(image),
      };
    },
  };
}

/**
 * A database of packages is written anew by each layer that installs some. A package came with the lowest layer from
 * which on the file has always named it.
 */
function located({ path, layer, fact, below }: Reading<readonly NamedPackage[]>): readonly LocatedPackage[] {
  const lower = below.map((version) => ({ layer: version.layer, keys: new Set(version.fact.map(keyOf)) }));
  return fact.map((found) => {
    const key = keyOf(found);
    const end = lower.findIndex(({ keys }) => !keys.has(key));
    const oldest = (end < 0 ? lower : lower.slice(0, end)).at(-1);
    return { ...found, path: found.path ?? path, layer: oldest?.layer ?? layer };
  });
}

function keyOf({ type, name, version, arch = "" }: NamedPackage): string {
  return [type, name, version, arch].join("\n");
}
