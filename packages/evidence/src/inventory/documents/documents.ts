import { posix } from "node:path";
import type { Visible } from "../../image/visible.ts";
import type { LayerVisitor } from "../../image/visitor.ts";
import { keepNamed } from "../check-package.ts";
import { wholeOf } from "../formats/content.ts";
import { type Reading, Readings } from "../readings.ts";
import type { Document } from "./document.ts";
import { readDocument } from "./read-document.ts";

const SUFFIXES = [".spdx.json", ".cdx.json", ".spdx"];
const NAMES: ReadonlySet<string> = new Set(["bom.json", "sbom.json"]);

export interface Documents extends LayerVisitor {
  /** After the pass: those that a container sees, by path. */
  seen(image: Visible): readonly Reading<Document>[];
  problems(image: Visible): readonly string[];
}

/** Bills of materials that others left in the image, by the names that the formats recommend. */
export function documents(): Documents {
  const checked = keepNamed();
  return new Readings<Document>({
    wants: ({ path }) =>
      SUFFIXES.some((suffix) => path.endsWith(suffix)) || NAMES.has(posix.basename(path))
        ? 32 << 20
        : undefined,
    read(file, onProblem) {
      const document = readDocument(wholeOf(file));
      if (document.unnamed > 0)
        onProblem(`${document.unnamed} entries without a package URL and version were not taken over`);
      return { ...document, packages: checked(document.packages, onProblem) };
    },
  });
}
