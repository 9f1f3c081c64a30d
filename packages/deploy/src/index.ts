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
export { localPlace } from "./local/place.ts";
export type { LocalPlace } from "./local/place.ts";
export type { LocalService, LocalSettings } from "./local/settings.ts";
export { localTarget } from "./local/target.ts";
export type { LocalTools } from "./local/target.ts";
export type { KubernetesSettings, KubernetesTools } from "./kubernetes/settings.ts";
export { kubernetesTarget } from "./kubernetes/target.ts";
export { checkImage } from "./check.ts";
export type { CheckTools, Decide } from "./check.ts";
export { deploy } from "./deploy.ts";
export type { DeployRequest, DeployResult, DeployTools } from "./deploy.ts";
export type { Environment } from "./environment.ts";
export { FailedDeployment } from "./go-back.ts";
export { recordDeployment } from "./record.ts";
export type { Happened } from "./record.ts";
