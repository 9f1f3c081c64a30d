import type { Descriptor } from "@seaworthy/oci";

/** Evidence and what it is about. */
export interface Filed {
  readonly subject: Descriptor;
  readonly manifest: Descriptor;
}
