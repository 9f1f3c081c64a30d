import { DeployError } from "../error.ts";
import type { DeployedImage } from "../target.ts";
import { containersOf, imageName, withImage } from "./images.ts";
import { inOrder, isWorkload, templatePath } from "./kinds.ts";
import { ENVIRONMENT, MANAGED_BY, environmentLabels } from "./labels.ts";
import { type KubeObject, at, isObject, keyOf, titleOf, withAt } from "./object.ts";

export interface DesiredOptions {
  readonly image: DeployedImage;
  /** Further names that stand for it. */
  readonly names: readonly string[];
  readonly environment: string;
  readonly namespace: string;
  /** For messages: where the manifests are. */
  readonly where: string;
}

/**
 * The manifests as they are applied: with the image by its digest, in the namespace, with labels that say they are ours.
 * @throws DeployError `refused`
 */
export function desiredObjects(
  rendered: readonly KubeObject[],
  { image, names, environment, namespace, where }: DesiredOptions,
): readonly KubeObject[] {
  const stand = new Set([image.name, ...names]);
  checkImages(rendered, stand, where);
  const labels = environmentLabels(environment);
  const objects = rendered.map((object) => {
    const own = object.metadata.namespace;
    if (own !== undefined && own !== namespace) {
      throw new DeployError(
        "refused",
        `${where}: ${titleOf(object)} is in namespace ${own}, expected ${namespace}`,
        {
          hint: "deploy another namespace as an environment of its own",
        },
      );
    }
    const { namespace: _, ...metadata } = object.metadata;
    return labelled(withImage({ ...object, metadata }, image, stand), labels, image);
  });
  checkUnique(objects, where);
  return inOrder(objects);
}

function labelled(
  object: KubeObject,
  labels: Readonly<Record<string, string>>,
  { version, revision }: DeployedImage,
): KubeObject {
  const add = (
    value: KubeObject,
    path: readonly string[],
    more: Readonly<Record<string, string>>,
  ): KubeObject => {
    const before = at(value, ...path);
    return withAt(value, path, { ...(isObject(before) ? before : {}), ...more });
  };
  const own = add(object, ["metadata", "labels"], labels);
  const template = templatePath(object);
  if (template === undefined) return own;
  // By them all pods are found with one question.
  const pods = template.length === 0 ? own : add(own, [...template, "metadata", "labels"], labels);
  if (!isWorkload(object)) return pods;
  return add(pods, ["metadata", "annotations"], {
    "seaworthy.dev/version": version,
    ...(revision === undefined ? {} : { "seaworthy.dev/revision": revision }),
  });
}

function checkImages(rendered: readonly KubeObject[], stand: ReadonlySet<string>, where: string): void {
  const found = new Set(
    rendered.flatMap((object) => containersOf(object).map((each) => imageName(each.image))),
  );
  if ([...found].some((name) => stand.has(name))) return;
  const expected = [...stand].join(" or ");
  throw new DeployError(
    "refused",
    `${where}: no container has the image ${expected}, found ${[...found].join(", ") || "none"}`,
    {
      hint: "name what stands for it in the manifests as kubernetes.images in the config",
    },
  );
}

function checkUnique(objects: readonly KubeObject[], where: string): void {
  const seen = new Set<string>();
  for (const object of objects) {
    const key = keyOf(object);
    if (seen.has(key)) throw new DeployError("refused", `${where}: ${titleOf(object)} is there twice`);
    seen.add(key);
  }
}

/** @throws DeployError `refused` where another environment has it */
export function checkOwner(live: KubeObject | undefined, environment: string, where: string): void {
  const labels = live?.metadata.labels ?? {};
  const owner = labels[ENVIRONMENT];
  if (
    live === undefined ||
    labels[MANAGED_BY] !== "seaworthy" ||
    owner === undefined ||
    owner === environment
  )
    return;
  throw new DeployError(
    "refused",
    `${where}: ${titleOf(live)} belongs to environment ${owner}, not ${environment}`,
    {
      hint: "give each environment a namespace of its own",
    },
  );
}
