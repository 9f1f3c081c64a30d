import type { Descriptor } from "../descriptor.ts";
import { OciError } from "../error.ts";

export function notFound({ mediaType, digest }: Descriptor, where: string): OciError {
  return new OciError("not-found", `${where}: ${mediaType} ${digest} is not there`);
}
