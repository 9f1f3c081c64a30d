export type StartErrorCode = "usage" | "unknown_service" | "bad_setting" | "listen";

/** Why a service could not start. The message goes to stderr as it is. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
