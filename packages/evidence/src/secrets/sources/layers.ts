import type { LayerVisitor } from "../../image/visitor.ts";
import type { Scanner } from "../scanner.ts";
import { MAX_TEXT_BYTES, textOf } from "./readable.ts";

/** The files of every layer, also those that a later one replaces or deletes: whoever pulls the image has them. */
export function secretVisitor(scanner: Scanner): LayerVisitor {
  return {
    wants: ({ type, size }) => (type === "file" && size > 0 ? MAX_TEXT_BYTES : undefined),
    async visit({ entry: { path }, layer, bytes, cut }) {
      const text = textOf(bytes);
      if (text === undefined) return scanner.skip("binary", path);
      if (cut) scanner.skip("cut", path);
      await scanner.scan({ where: { kind: "layer", path, layer }, text });
    },
  };
}
