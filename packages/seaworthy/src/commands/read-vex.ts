import { readFile, stat } from "node:fs/promises";
import { LARGEST_VEX, type VexStatement, parseVex } from "@seaworthy/evidence/vulnerabilities";
import { CliError } from "../error.ts";

/** @throws EvidenceError `invalid-vex`; CliError `config` where a file is not there */
export async function readVex(files: readonly string[]): Promise<readonly VexStatement[]> {
  const statements = await Promise.all(
    files.map(async (file) => {
      const { size } = await stat(file).catch((cause: NodeJS.ErrnoException) => {
        const why = cause.code === "ENOENT" ? "not there" : cause.message;
        throw new CliError("config", `${file}: ${why}`, {
          cause,
          hint: "name OpenVEX documents: scan.vex, --vex",
        });
      });
      if (size > LARGEST_VEX) {
        throw new CliError("config", `${file}: larger than an OpenVEX document can be`);
      }
      return parseVex(await readFile(file, "utf8"), file);
    }),
  );
  return statements.flat();
}
