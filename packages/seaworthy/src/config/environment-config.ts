import { CliError } from "../error.ts";
import type { ParsedEnvironment } from "./environments-schema.ts";
import type { ParsedConfig } from "./schema.ts";

/** @throws CliError `usage` where the config has none of that name */
export function environmentConfig({ environments }: ParsedConfig, name: string): ParsedEnvironment {
  const found = Object.hasOwn(environments, name) ? environments[name] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(environments);
  throw new CliError("usage", `environment ${JSON.stringify(name)}: not in the config`, {
    hint:
      known.length === 0 ? "add it: environments: { staging: { … } }" : `the config has ${known.join(", ")}`,
  });
}
