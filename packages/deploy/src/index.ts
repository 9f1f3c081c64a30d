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
export { checkImage } from "./check.ts";
export type { CheckTools, Decide } from "./check.ts";
export { deploy } from "./deploy.ts";
export type { DeployRequest, DeployResult, DeployTools } from "./deploy.ts";
export type { Environment } from "./environment.ts";
export { FailedDeployment } from "./go-back.ts";
export { recordDeployment } from "./record.ts";
export type { Happened } from "./record.ts";
