import type { Finding } from "../finding.ts";
import { parse, purlMatches } from "./purl-matches.ts";
import type { VexComponent, VexProduct, VexStatement } from "./vex-document.ts";

/** What a statement may call the image it speaks of. */
export interface VexImage {
  /** Of its manifest and of the index it is in. */
  readonly digests: readonly string[];
  /** Registry and repository, without tag. */
  readonly name?: string | undefined;
}

/** The last that was said about a finding in this image; undefined where nothing was. */
export function lastWord(
  statements: readonly VexStatement[],
  finding: Finding,
  image: VexImage,
): VexStatement | undefined {
  const about = statements.filter(
    ({ names, products }) =>
      names.some((name) => name === finding.id || finding.aliases.includes(name)) &&
      products.some((product) => isProduct(product, finding, image)),
  );
  return about.toSorted((a, b) => a.time - b.time).at(-1);
}

/** The product is the package itself; or it is the image, and the package is the part that is meant. */
function isProduct(product: VexProduct, { package: { purl } }: Finding, image: VexImage): boolean {
  const isPackage = (component: VexComponent): boolean =>
    component.purls.some((pattern) => purlMatches(pattern, purl));
  if (product.parts.length === 0) return isPackage(product) || isImage(product, image);
  return isImage(product, image) && product.parts.some(isPackage);
}

/** `pkg:oci/NAME@sha256:…` is one image. Without a digest, the repository says which images are meant. */
function isImage({ purls, digests }: VexComponent, image: VexImage): boolean {
  if (digests.some((digest) => image.digests.includes(digest))) return true;
  return purls.some((text) => {
    const purl = parse(text);
    if (purl?.type !== "oci") return false;
    if (purl.version !== undefined && purl.version !== null) return image.digests.includes(purl.version);
    const repository = purl.qualifiers?.["repository_url"];
    return image.name !== undefined && repository === image.name;
  });
}
