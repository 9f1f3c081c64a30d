import { SeaworthyError } from "@seaworthy/oci";

export type CliErrorCode = "config" | "usage" | "lock" | "unmet" | "not-running" | "refused";

export class CliError extends SeaworthyError<CliErrorCode> {}
