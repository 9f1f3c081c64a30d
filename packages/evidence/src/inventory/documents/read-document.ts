import { EvidenceError } from "../../error.ts";
import { jsonObject } from "../formats/content.ts";
import { readCycloneDx } from "./read-cyclonedx.ts";
import type { Document } from "./document.ts";
import { readSpdx } from "./read-spdx.ts";

/**
 * A bill of materials in one of the two formats, JSON of any version.
 * @throws EvidenceError `unreadable`
 */
export function readDocument(bytes: Buffer): Document {
  const document = jsonObject(bytes);
  if (document["bomFormat"] === "CycloneDX") return readCycloneDx(document);
  if (typeof document["spdxVersion"] === "string") return readSpdx(document);
  throw new EvidenceError("unreadable", "expected an SBOM in CycloneDX or SPDX 2 JSON, found other JSON");
}
