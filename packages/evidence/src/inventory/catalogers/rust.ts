import { inflateSync } from "node:zlib";
import { EvidenceError } from "../../error.ts";
import type { Cataloger, NamedPackage } from "../cataloger.ts";
import { jsonObject, listIn, textIn } from "../formats/content.ts";
import { ElfSections } from "../formats/elf-sections.ts";
import { mayBeProgram } from "../formats/program.ts";

const MAX_LIST = 16 << 20;

/** Crates in Rust programs that were built with cargo-auditable (its PARSING.md). */
export function rust(): Cataloger {
  return {
    name: "rust-audit",
    wants: () => undefined,
    read: () => [],
    follow(entry) {
      if (!mayBeProgram(entry)) return undefined;
      const program = new ElfSections();
      return {
        write: (chunk) => program.write(chunk),
        end() {
          const list = program.section(".dep-v0");
          return list === undefined ? [] : cratesIn(inflate(list));
        },
      };
    },
  };
}

function inflate(section: Buffer): Buffer {
  try {
    return inflateSync(section, { maxOutputLength: MAX_LIST });
  } catch (cause) {
    const limit = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    const found = limit ? `more than ${MAX_LIST} bytes` : "something else";
    throw new EvidenceError("unreadable", `expected a compressed list of crates, found ${found}`, { cause });
  }
}

function cratesIn(json: Buffer): readonly NamedPackage[] {
  return listIn(jsonObject(json), "packages").flatMap((entry) => {
    const name = textIn(entry, "name");
    const version = textIn(entry, "version");
    // Crates for the build alone are in no program.
    if (name === undefined || version === undefined || entry["kind"] === "build") return [];
    return [{ type: "cargo", name, version, licenses: [], hashes: [] } as const];
  });
}
