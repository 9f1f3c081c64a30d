export { composeTarget } from "./compose-target.ts";
export type { HttpCheck } from "../http-check.ts";
export type { ComposeSettings, ComposeTools } from "./settings.ts";
