import { SeaworthyError } from "@seaworthy/oci";

export type CliErrorCode = "config" | "usage" | "lock" | "unmet" | "not-running";

export class CliError extends SeaworthyError<CliErrorCode> {}
