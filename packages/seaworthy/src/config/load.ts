import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { SeaworthyError } from "@seaworthy/oci";
import { CliError } from "../error.ts";
import type { Facts } from "./config.ts";
import { faultsOf } from "./faults.ts";
import { readImageName } from "./image-name.ts";
import { type ParsedConfig, schema } from "./schema.ts";

/**
 * @param facts may still be on their way: the file is loaded meanwhile
 * @param warn told of what was read in another way than it is written
 * @throws CliError `config` with the path of the fault, what was found and what was expected
 */
export async function loadConfig(
  file: string | undefined,
  facts: Facts | Promise<Facts>,
  warn: (message: string) => void,
): Promise<ParsedConfig> {
  if (file === undefined) {
    await facts;
    return schema.parse({});
  }
  // What git refuses is said before what is wrong with the config.
  const [known, exported] = await Promise.allSettled([facts, importConfig(file)]);
  if (known.status === "rejected") throw known.reason;
  if (exported.status === "rejected") throw exported.reason;
  const value = await valueOf(file, exported.value, known.value);
  const parsed = schema.safeParse(value);
  const name = basename(file);
  if (parsed.success) {
    const { image } = value as { readonly image?: string };
    const warning = image === undefined ? undefined : readImageName(image).warning;
    if (warning !== undefined) warn(`${name}: image: ${warning}`);
    return parsed.data;
  }
  const lines = faultsOf(parsed.error, value).map((line) => `${name}: ${line}`);
  throw new CliError("config", lines.join("\n"), {
    hint: "mend the config and run the command again",
    place: { file: name },
  });
}

async function valueOf(file: string, exported: unknown, facts: Facts): Promise<unknown> {
  if (typeof exported !== "function") return exported;
  try {
    return await (exported as (facts: Facts) => unknown)(facts);
  } catch (error) {
    throw configError(file, error);
  }
}

/** What a module exports by default. @throws CliError `config` */
export async function importConfig(file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    if (module.default === undefined) {
      throw new CliError("config", `${file}: has no default export`, {
        hint: "write: export default defineConfig({ … })",
        place: { file: basename(file) },
      });
    }
    return module.default;
  } catch (error) {
    throw error instanceof CliError ? error : configError(file, error);
  }
}

/** What a config throws is its author's to read: the message, and where it stands for what Node cannot read. */
function configError(file: string, error: unknown): CliError {
  const { message, code } = error as NodeJS.ErrnoException;
  const own = error instanceof SeaworthyError ? error.hint : undefined;
  return new CliError("config", `${basename(file)}: ${message}`, {
    cause: error,
    hint: own ?? hintFor(file, message, code),
    place: { file: basename(file) },
  });
}

function hintFor(file: string, message: string, code: string | undefined): string {
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return "enums and parameter properties need a compiler; write plain objects";
  }
  // The nearest package.json says "type": "commonjs", as npm init writes it.
  if (message === "Cannot use import statement outside a module") {
    return `rename it to ${basename(file).replace(/\.([tj]s)$/, ".m$1")}, or say "type": "module" in package.json`;
  }
  return "mend the file";
}
