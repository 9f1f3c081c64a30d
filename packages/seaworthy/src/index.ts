export { defineConfig } from "./config/config.ts";
export type { Config, ConfigExport, Facts } from "./config/config.ts";
export { definePolicy } from "./config/define-policy.ts";
export type { PolicyFile } from "./config/define-policy.ts";
export { debian, npmFiles } from "@seaworthy/debian";
