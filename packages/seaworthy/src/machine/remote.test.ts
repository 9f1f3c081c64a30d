import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { wantsTokens } from "../../../registry/test/faults.ts";
import { type FaultyRegistry, faultyRegistry } from "../../../registry/test/faulty-registry.ts";
import { testMachine } from "../../test/machine.ts";
import { openRemote } from "./remote.ts";

let registry: FaultyRegistry;
let used: (string | undefined)[];
beforeEach(async () => {
  used = [];
  registry = await faultyRegistry(
    wantsTokens(() => registry.host, {
      uses: 9,
      allows: ({ headers }) => used.push(headers.authorization) > 0,
    }),
  );
});
afterEach(() => registry[Symbol.asyncDispose]());

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;
const gitLab = () => ({
  GITLAB_CI: "true",
  CI_REGISTRY: registry.host,
  CI_REGISTRY_USER: "job",
  CI_REGISTRY_PASSWORD: "given",
});
const { signal } = new AbortController();

it("proves itself with what the CI gives, where nobody has logged in", async () => {
  using made = testMachine();
  const machine = { ...made.machine, env: { ...made.machine.env, ...gitLab() } };
  await openRemote(machine, signal)({ registry: registry.host, repository: "acme/app" }).tags();
  expect(used).toEqual([basic("job:given")]);
});

it("prefers what somebody has logged in with", async () => {
  using made = testMachine();
  const auth = Buffer.from("ada:own").toString("base64");
  mkdirSync(join(made.dir, ".docker"));
  writeFileSync(
    join(made.dir, ".docker/config.json"),
    JSON.stringify({ auths: { [registry.host]: { auth } } }),
  );
  const machine = { ...made.machine, env: { ...made.machine.env, ...gitLab() } };
  await openRemote(machine, signal)({ registry: registry.host, repository: "acme/app" }).tags();
  expect(used).toEqual([basic("ada:own")]);
});

it("is nobody where neither is", async () => {
  using made = testMachine();
  await openRemote(made.machine, signal)({ registry: registry.host, repository: "acme/app" }).tags();
  expect(used).toEqual([undefined]);
});
