import type { DebianBase } from "@seaworthy/debian";
import type { ConfigInput } from "./schema.ts";

/** What the repository's sources say of themselves, for configs that want it. */
export interface Facts {
  /** Full commit id, "unknown" outside git. */
  readonly revision: string;
  /** The tag that names this commit. */
  readonly version: string;
  readonly branch: string;
}

/** seaworthy.config.ts: data, or a function of the facts that gives data. */
export type Config = Omit<ConfigInput, "bases"> & { readonly bases?: Readonly<Record<string, DebianBase>> };
export type ConfigExport = Config | ((facts: Facts) => Config | Promise<Config>);

/** Gives editors the type; changes nothing. */
export function defineConfig(config: ConfigExport): ConfigExport {
  return config;
}
