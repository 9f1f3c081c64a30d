import { type SeaworthyError, memoryStore } from "@seaworthy/oci";
import { attachStatement, statementAbout } from "@seaworthy/evidence";
import { expect, it } from "vitest";
import { putTagged } from "../../test/tagged-image.ts";
import { DEPLOYMENT_TYPE, type Deployment, deploymentStatement } from "./deployment.ts";
import { findDeployments } from "./find.ts";

const { signal } = new AbortController();
const deployment: Deployment = {
  environment: "staging",
  target: { kind: "local", where: "http://127.0.0.1:8000" },
  version: "1.2.3",
  at: "2026-11-24T12:00:00Z",
  outcome: "healthy",
  by: "deploy",
  who: "ada",
};

it("is found on the digest that was deployed", async () => {
  const repository = memoryStore();
  const image = await putTagged(repository, { version: "1.2.3", content: "a" });
  await attachStatement(repository, image, deploymentStatement(image, "acme/web", deployment));
  const onProblem = (problem: SeaworthyError): never => {
    throw problem;
  };
  expect(await findDeployments(repository, image, { onProblem, signal })).toEqual([deployment]);
});

it.each([
  ["no time", { at: "yesterday" }],
  ["another outcome", { outcome: "splendid" }],
  ["no environment", { environment: 7 }],
])("is passed over and told of where it has %s", async (_, fault) => {
  const repository = memoryStore();
  const image = await putTagged(repository, { version: "1.2.3", content: "a" });
  const predicate = { ...deployment, ...fault };
  const forged = statementAbout(image, { name: "acme/web", predicateType: DEPLOYMENT_TYPE, predicate });
  await attachStatement(repository, image, forged);
  const problems: string[] = [];
  const onProblem = ({ message }: SeaworthyError): void => void problems.push(message);
  expect(await findDeployments(repository, image, { onProblem, signal })).toEqual([]);
  expect(problems).toEqual([expect.stringMatching(/^evidence sha256:.*: is no record of a deployment$/)]);
});
