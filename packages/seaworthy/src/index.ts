export { defineConfig } from "./config/config.ts";
export type { Config, ConfigExport, Facts } from "./config/config.ts";
export { debian, npmFiles } from "@seaworthy/debian";
