export { composeTarget } from "./compose/compose-target.ts";
export type { HttpCheck } from "./compose/http-check.ts";
export type { ComposeSettings, ComposeTools } from "./compose/settings.ts";
export { DeployError } from "./error.ts";
export type { DeployErrorCode } from "./error.ts";
export type {
  ApplyOptions,
  Change,
  Deployed,
  DeployedImage,
  LockOptions,
  LogLine,
  LogOptions,
  ServiceReport,
  ServiceStatus,
  Target,
  TargetStatus,
} from "./target.ts";
export { UnhealthyError } from "./unhealthy.ts";
