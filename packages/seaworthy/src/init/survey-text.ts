import { oneLine } from "../progress/text.ts";
import type { FoundDockerfile } from "./dockerfiles.ts";
import type { Survey } from "./survey.ts";

/** What was found, for the person who asked; names may be whatever somebody put into the repository. */
export function surveyText(survey: Survey): readonly string[] {
  const { dockerfile, others, toolchains, url, image, defaultBranch } = survey;
  const tools = toolchains.map(({ name, evidence, test }) => {
    return `${name} (${evidence})${test === undefined ? "" : `, tested by: ${test.join(" ")}`}`;
  });
  const branch = defaultBranch === undefined ? "default branch unknown" : `default branch ${defaultBranch}`;
  return [
    dockerfile === undefined ? "no Dockerfile" : dockerfileText(dockerfile),
    ...(others.length === 0 ? [] : [`${others.length} more: ${others.slice(0, 5).join(", ")}`]),
    ...tools,
    url === undefined ? "no remote origin" : `${url}, ${branch}`,
    ...(image === undefined ? [] : [`image ${image}`]),
  ].map((line) => `found  ${oneLine(line)}`);
}

function dockerfileText({ path, context, facts, fault }: FoundDockerfile): string {
  if (facts === undefined) return `${path}, which does not parse: ${fault}`;
  const { port, healthcheck, root } = facts;
  const said = [
    ...(context === "." ? [] : [`context ${context}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
    ...(healthcheck ? ["a HEALTHCHECK"] : []),
    root ? "no USER but root" : "a USER",
  ];
  return `${path} (${said.join(", ")})`;
}
