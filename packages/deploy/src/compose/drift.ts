import type { Container } from "./containers.ts";
import { LABEL, type Project, imageOf, jobsOf, replicasOf } from "./project.ts";
import { textsOf } from "./json.ts";

/** How the containers of a project differ from what was applied, one line each. */
export function driftOf(
  project: Project,
  containers: readonly Container[],
  stopped: boolean,
): readonly string[] {
  const jobs = jobsOf(project);
  const lines = Object.entries(project.services).flatMap(([name, service]) => {
    const all = containers.filter((container) => container.service === name);
    const running = all.filter(({ status }) => status === "running" || status === "restarting");
    const own = stopped ? running : all;
    const wanted = jobs.has(name) ? 0 : replicasOf(service);
    const count =
      stopped || running.length === wanted || jobs.has(name)
        ? []
        : [`${name}: ${running.length} of ${wanted} ${wanted === 1 ? "container runs" : "containers run"}`];
    const different = new Set(own.flatMap((container) => differences(name, service, container)));
    return [...count, ...different];
  });
  const known = new Set(Object.keys(project.services));
  const extra = new Set(
    containers.filter(({ service }) => !known.has(service)).map(({ service }) => service),
  );
  return [...lines, ...[...extra].map((name) => `${name}: runs, and was not applied`)];
}

function differences(
  name: string,
  service: Project["services"][string],
  container: Container,
): readonly string[] {
  const wanted = imageOf(service);
  const labels = textsOf(service["labels"]);
  if (wanted !== "" && container.image !== wanted)
    return [`${name}: runs ${container.image}, applied was ${wanted}`];
  const found = container.labels[LABEL.config];
  const applied = labels[LABEL.config];
  if (applied === undefined || found === applied) return [];
  return [
    found === undefined
      ? `${name}: was started by somebody else`
      : `${name}: runs with other settings than were applied`,
  ];
}
