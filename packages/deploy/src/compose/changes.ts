import type { Change } from "../target.ts";
import type { Container } from "./containers.ts";
import { textsOf } from "./json.ts";
import { LABEL, type Project, digestIn, imageOf, replicasOf } from "./project.ts";

/** What would become of each service, were the project applied. */
export function changesTo(
  project: Project,
  containers: readonly Container[],
  environment: string,
): readonly Change[] {
  const wanted = Object.entries(project.services).map(([service, fields]): Change => {
    const own = containers.filter((container) => container.service === service);
    const from = own.map(({ image }) => digestIn(image)).find((digest) => digest !== undefined);
    const replicas = replicasOf(fields);
    const config = textsOf(fields["labels"])[LABEL.config];
    const same =
      own.length === replicas &&
      own.every(
        ({ image, labels, status }) =>
          image === imageOf(fields) && labels[LABEL.config] === config && status === "running",
      );
    return {
      service,
      does: own.length === 0 ? "create" : same ? "keep" : "update",
      ...(from === undefined ? {} : { from }),
      ...noteOn(own, replicas),
    };
  });
  const gone = containers.filter(
    ({ service, labels }) => !(service in project.services) && labels[LABEL.environment] === environment,
  );
  const removed = [...new Set(gone.map(({ service }) => service))].map((service): Change => {
    const from = gone
      .map((container) => (container.service === service ? digestIn(container.image) : undefined))
      .find((digest) => digest !== undefined);
    return { service, does: "remove", ...(from === undefined ? {} : { from }) };
  });
  return [...wanted, ...removed];
}

function noteOn(containers: readonly Container[], replicas: number): Pick<Change, "note"> {
  const ports = [...new Set(containers.flatMap((container) => container.ports.map(({ port }) => port)))];
  const notes = [
    ...(replicas === 1 ? [] : [`${replicas} replicas`]),
    ...(ports.length === 0 ? [] : [`${ports.length === 1 ? "port" : "ports"} ${ports.join(", ")}`]),
  ];
  return notes.length === 0 ? {} : { note: notes.join(", ") };
}
