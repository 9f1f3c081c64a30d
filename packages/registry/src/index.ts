export { RegistryError } from "./error.ts";
export type { RegistryErrorCode } from "./error.ts";
export { serveRegistry } from "./serve.ts";
export type { RegistryOptions, RunningRegistry } from "./serve.ts";
export type { AccessEntry } from "./app.ts";
export type { RegistryStore } from "./store.ts";
export type { SessionLimits } from "./uploads/sessions.ts";
