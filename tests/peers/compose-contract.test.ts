import { digestOf } from "@seaworthy/oci";
import { afterAll, describe } from "vitest";
import { type TargetRig, targetContract } from "../../packages/deploy/src/target.contract.ts";
import { type ComposeBench, openComposeBench } from "./compose-bench.ts";
import { missing } from "./peers.ts";

const FILE = `
x-app: &app { image: "acme/app:latest", restart: unless-stopped, stop_grace_period: 2s }
services:
  web: *app
  worker: *app
`;

describe.skipIf(missing !== undefined)("with the real engine", () => {
  let opened: Promise<ComposeBench> | undefined;
  afterAll(async () => (await opened)?.[Symbol.asyncDispose]());

  targetContract("compose, with Docker", async (): Promise<TargetRig> => {
    const bench = await (opened ??= openComposeBench("contract"));
    await bench.write(FILE);
    const { port } = bench.registry;
    let away = false;
    return {
      open: () => bench.target({ image: "acme/app" }),
      images: {
        one: bench.image("one"),
        two: bench.image("two"),
        crashing: bench.image("crashing"),
        missing: { ...bench.image("one"), digest: digestOf(Buffer.from("nobody")), version: "missing" },
      },
      serving: () => bench.serving(),
      async cutOff() {
        away = true;
        await bench.registry.close();
      },
      async [Symbol.asyncDispose]() {
        await bench.clear();
        if (away) await bench.serve(port);
      },
    };
  });
});
