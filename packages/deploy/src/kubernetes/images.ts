import { type Digest, isDigest } from "@seaworthy/oci";
import type { DeployedImage } from "../target.ts";
import { templatePath } from "./kinds.ts";
import { type JsonObject, type KubeObject, isObject, at, listAt, textAt, withAt } from "./object.ts";

const LISTS = ["initContainers", "containers"] as const;

/** Without tag and digest. A colon before the last slash is a port. */
export function imageName(image: string): string {
  const name = image.split("@")[0]!;
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? name.slice(0, colon) : name;
}

export function imageDigest(image: string): Digest | undefined {
  const digest = image.split("@")[1];
  return digest !== undefined && isDigest(digest) ? digest : undefined;
}

export interface Container {
  readonly name: string;
  readonly image: string;
}

/** Of the template of its pods, those that begin it first. */
export function containersOf(object: KubeObject): readonly Container[] {
  const path = templatePath(object);
  if (path === undefined) return [];
  return LISTS.flatMap((list) =>
    listAt(object, ...path, "spec", list).map((container) => ({
      name: textAt(container, "name") ?? "",
      image: textAt(container, "image") ?? "",
    })),
  );
}

/** With `name@digest` wherever an image has one of the names: a tag may be another image on each node (P8). */
export function withImage(object: KubeObject, image: DeployedImage, names: ReadonlySet<string>): KubeObject {
  const path = templatePath(object);
  if (path === undefined) return object;
  const replaced = (container: JsonObject): JsonObject =>
    names.has(imageName(textAt(container, "image") ?? ""))
      ? { ...container, image: `${image.name}@${image.digest}` }
      : container;
  return LISTS.reduce((result, list) => {
    const place = [...path, "spec", list];
    const containers = at(result, ...place);
    if (!Array.isArray(containers)) return result;
    return withAt(
      result,
      place,
      containers.map((entry) => (isObject(entry) ? replaced(entry) : entry)),
    );
  }, object);
}
