import { parseReference } from "@seaworthy/oci";
import { legalName } from "@seaworthy/release";

/** A name that was written for people, as registries take it: `ghcr.io/Acme/App` is ghcr.io/acme/app. */
export interface ImageName {
  readonly name: string;
  /** What is behind the name: `:tag`, `@digest`, or nothing. */
  readonly suffix: string;
  /** For people; undefined where it was right as it was. */
  readonly warning?: string;
}

/** @throws OciError `invalid-reference` */
export function readImageName(text: string): ImageName {
  const at = /(?::[^/:]*)?(?:@.*)?$/.exec(text)!.index;
  const [written, suffix] = [text.slice(0, at), text.slice(at)];
  const name = legalName(written);
  parseReference(`${name}${suffix}`);
  if (name === written) return { name, suffix };
  return { name, suffix, warning: `${written} is used as ${name}, as registries take names` };
}
