import { SeaworthyError } from "@seaworthy/oci";

export type RegistryErrorCode = "address-in-use" | "address-refused";

/** What prevents the registry from serving. What goes wrong in one request is an answer to that request. */
export class RegistryError extends SeaworthyError<RegistryErrorCode> {}
