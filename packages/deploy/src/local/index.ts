export { localPlace } from "./place.ts";
export type { LocalPlace } from "./place.ts";
export type { LocalService, LocalSettings } from "./settings.ts";
export { localTarget } from "./target.ts";
export type { LocalTools } from "./target.ts";
