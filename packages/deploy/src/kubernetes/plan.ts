import type { Change, DeployedImage } from "../target.ts";
import { isWorkload } from "./kinds.ts";
import { type KubeObject, at, numberAt, titleOf } from "./object.ts";
import { unwanted } from "./prune.ts";
import type { Session } from "./session.ts";
import { digestOf } from "./status.ts";
import { type Surveyed, survey } from "./survey.ts";

const MAX_PATHS = 4;

/** Every workload, and of the rest what would change. */
export async function planOf(
  session: Session,
  image: DeployedImage,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const surveyed = await survey(session, objects, signal);
  const extra = await unwanted(session, objects, signal);
  return [
    ...surveyed
      .map((each) => changeOf(each, image))
      .filter(({ does }, index) => does !== "keep" || isWorkload(surveyed[index]!.object)),
    ...extra.map((object) => ({ service: nameOf(object), does: "remove" as const })),
  ];
}

function changeOf({ object, live, changes }: Surveyed, image: DeployedImage): Change {
  const service = nameOf(object);
  const replicas = numberAt(object, "spec", "replicas");
  const size = isWorkload(object) && replicas !== undefined ? `${replicas} replicas` : undefined;
  if (live === undefined) return { service, does: "create", ...(size === undefined ? {} : { note: size }) };
  const from = isWorkload(object) ? digestOf(live, image.name) : undefined;
  // Stopped and not changed: it begins anew.
  if (at(live, "spec", "replicas") === 0 && replicas !== 0) return { service, does: "create" };
  const more = changes.length > MAX_PATHS ? `, ${changes.length - MAX_PATHS} more` : "";
  const paths = changes.slice(0, MAX_PATHS).map(({ path }) => path);
  return {
    service,
    does: changes.length === 0 ? "keep" : "update",
    ...(from === undefined ? {} : { from }),
    ...(paths.length === 0 ? {} : { note: paths.join(", ") + more }),
  };
}

/** Workloads are services; the rest is called what it is. */
function nameOf(object: KubeObject): string {
  return isWorkload(object) ? object.metadata.name : titleOf(object);
}
