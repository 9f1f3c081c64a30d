import { SeaworthyError } from "@seaworthy/oci";

export type DeployErrorCode =
  /** Something must hold before anything changes, and does not. */
  | "refused"
  /** What was started did not become healthy in its time, or did not stay so. */
  | "unhealthy"
  /** Somebody else deploys there. */
  | "locked"
  /** The target cannot be reached, or does not do what it was told. */
  | "target"
  | "nothing-there";

export class DeployError extends SeaworthyError<DeployErrorCode> {}
