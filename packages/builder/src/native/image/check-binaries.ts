import { type Place, type Platform, formatPlatform } from "@seaworthy/oci";
import { failAt, placeIn } from "../blame.ts";
import type { StageStep } from "../state.ts";
import { type Binaries, foreignIn } from "./elf.ts";

/**
 * A program for another machine in an image: an error where an instruction of the Dockerfile put it there and nothing
 * in its path says that it is meant, as when a package's install script compiled for the machine of the build. What
 * lies in a place named after a platform only warns: add-ons are shipped for several.
 */
export function checkBinaries(
  { origin, history }: StageStep,
  binaries: Binaries,
  platform: Platform,
  warn: (message: string, place?: Place) => void,
): void {
  for (const { for: other, count, plain, named } of foreignIn(binaries, platform)) {
    const image = formatPlatform(platform);
    const what = `${plain[0] ?? named[0]} is a program for linux/${other}, the image is for ${image}`;
    const more = count > 1 ? ` (and ${count - 1} more in this layer)` : "";
    if (origin !== undefined && plain.length > 0) {
      failAt(
        origin.file,
        origin.range,
        "foreign-binary",
      )(
        `${what}${more}`,
        `build or install it for ${image}; a file that is meant to be there belongs in a folder named linux-${other}`,
      );
    }
    const where =
      origin === undefined
        ? (history.created_by ?? "base")
        : `${origin.file.file}:${origin.range.start.line}`;
    warn(`${where}: ${what}${more}`, origin === undefined ? undefined : placeIn(origin.file, origin.range));
  }
}
