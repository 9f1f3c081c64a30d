import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

export type Annotations = Readonly<Record<string, string>>;

/** OCI image spec, descriptor.md. `size` in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Annotations;
  readonly artifactType?: string;
}
