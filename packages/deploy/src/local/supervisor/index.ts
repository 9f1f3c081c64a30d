export { supervise } from "./supervise.ts";
export type { SupervisorTools } from "./supervisor.ts";
