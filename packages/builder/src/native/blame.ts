import { type Dockerfile, DockerfileError, type Range, markSource } from "@seaworthy/dockerfile";
import type { Place } from "@seaworthy/oci";
import { BuilderError, type BuilderErrorCode } from "../error.ts";
import type { Fail } from "./files/select.ts";

/** `Dockerfile:7: message` and below it the marked lines. */
export function located(file: Dockerfile, range: Range, message: string): string {
  return `${file.file}:${range.start.line}: ${message}\n${markSource(file.text, range, { context: 2 })}`;
}

export function placeIn({ file }: Dockerfile, { start }: Range): Place {
  return { file, line: start.line };
}

export function failAt(file: Dockerfile, range: Range, code: BuilderErrorCode): Fail {
  return (message, hint) => {
    throw new BuilderError(code, located(file, range, message), {
      place: placeIn(file, range),
      ...(hint === undefined ? {} : { hint }),
    });
  };
}

/** Puts the Dockerfile line in front of an error that does not know it. */
export function blameOn(file: Dockerfile, range: Range, error: unknown): unknown {
  if (error instanceof DockerfileError) return error.at(file, range);
  if (!(error instanceof BuilderError) || error.code === "aborted") return error;
  if (error.place !== undefined) return error;
  return new BuilderError(error.code, located(file, range, error.message), {
    cause: error.cause,
    retryable: error.retryable,
    place: placeIn(file, range),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
