import { DeployError } from "../../error.ts";
import { imageName } from "../images.ts";
import { templatePath } from "../kinds.ts";
import {
  type JsonObject,
  type KubeObject,
  at,
  isObject,
  listAt,
  numberAt,
  textAt,
  withAt,
} from "../object.ts";
import type { Entry } from "./entry.ts";
import { type Kustomization, pairsOf, scalarText } from "./kustomization.ts";
import { UnsupportedError } from "./unsupported.ts";

/** They are in no namespace. */
const CLUSTER_WIDE =
  /^(?:Node|ClusterRole|PersistentVolume|StorageClass|CustomResourceDefinition|PriorityClass|IngressClass|RuntimeClass|APIService|.*WebhookConfiguration)$/;
const SCALED = new Set(["Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"]);

/** Namespace, labels, annotations, replicas and images of one kustomization, in kustomize's order. */
export function transform(kustomization: Kustomization, entries: readonly Entry[]): readonly Entry[] {
  const steps = [inNamespace, labelled, annotated, scaled, withImages];
  return entries.map((entry) => ({
    ...entry,
    object: steps.reduce((object, step) => step(object, kustomization), entry.object),
  }));
}

function inNamespace(object: KubeObject, { fields, file }: Kustomization): KubeObject {
  const namespace = textAt(fields, "namespace");
  if (namespace === undefined || CLUSTER_WIDE.test(object.kind)) return object;
  // Names of accounts in them change along, by rules of their own.
  if (object.kind.endsWith("RoleBinding"))
    throw new UnsupportedError(file, `namespace together with ${object.kind}`);
  if (object.kind === "Namespace") return withAt(object, ["metadata", "name"], namespace);
  return withAt(object, ["metadata", "namespace"], namespace);
}

function labelled(object: KubeObject, { fields, file }: Kustomization): KubeObject {
  let result = object;
  for (const [index, entry] of listAt(fields, "labels").entries()) {
    if (entry["includeSelectors"] === true)
      throw new UnsupportedError(file, `labels[${index}].includeSelectors`);
    const pairs = pairsOf(entry["pairs"], `${file}: labels[${index}].pairs`);
    result = withPairs(result, ["metadata", "labels"], pairs);
    const template = templatePath(object);
    if (entry["includeTemplates"] === true && template !== undefined && template.length > 0) {
      result = withPairs(result, [...template, "metadata", "labels"], pairs);
    }
  }
  return result;
}

function annotated(object: KubeObject, { fields, file }: Kustomization): KubeObject {
  const pairs = pairsOf(fields["commonAnnotations"], `${file}: commonAnnotations`);
  if (Object.keys(pairs).length === 0) return object;
  const own = withPairs(object, ["metadata", "annotations"], pairs);
  const template = templatePath(object);
  if (template === undefined || template.length === 0) return own;
  return withPairs(own, [...template, "metadata", "annotations"], pairs);
}

export function withPairs<T extends JsonObject>(
  object: T,
  path: readonly string[],
  pairs: Readonly<Record<string, string>>,
): T {
  const before = at(object, ...path);
  return withAt(object, path, { ...(isObject(before) ? before : {}), ...pairs });
}

function scaled(object: KubeObject, { fields, file }: Kustomization): KubeObject {
  const found = listAt(fields, "replicas").find(({ name }) => name === object.metadata.name);
  if (found === undefined || !SCALED.has(object.kind)) return object;
  const count = numberAt(found, "count");
  if (count === undefined)
    throw new DeployError("refused", `${file}: replicas of ${object.metadata.name}: expected a count`);
  return withAt(object, ["spec", "replicas"], count);
}

function withImages(object: KubeObject, { fields }: Kustomization): KubeObject {
  const images = listAt(fields, "images");
  const template = templatePath(object);
  if (images.length === 0 || template === undefined) return object;
  return ["initContainers", "containers"].reduce((result, list) => {
    const path = [...template, "spec", list];
    const containers = at(result, ...path);
    if (!Array.isArray(containers)) return result;
    const renamed = listAt(result, ...path).map((container) => ({
      ...container,
      image: images.reduce(renamedImage, textAt(container, "image") ?? ""),
    }));
    return withAt(result, path, renamed);
  }, object);
}

function renamedImage(image: string, entry: JsonObject): string {
  const name = imageName(image);
  if (textAt(entry, "name") !== name) return image;
  const digest = textAt(entry, "digest");
  const tag = entry["newTag"] === undefined ? undefined : scalarText(entry["newTag"]);
  const renamed = textAt(entry, "newName") ?? name;
  if (digest !== undefined) return `${renamed}${tag === undefined ? "" : `:${tag}`}@${digest}`;
  if (tag !== undefined) return `${renamed}:${tag}`;
  return renamed + image.slice(name.length);
}
