import { describe } from "vitest";
import { IMAGES, WORKLOADS, openRig, service, workload } from "../../test/kubernetes/rig.ts";
import { targetContract } from "../target.contract.ts";

describe.each(WORKLOADS)("with a %s", (kind) => {
  targetContract("kubernetes", async () => {
    const rig = await openRig();
    await rig.write(service("web"), workload(kind, "web"));
    return {
      open: () => rig.open(),
      images: IMAGES,
      serving: () => Promise.resolve(rig.serving()),
      // The cluster's nodes ask registries, never the target.
      cutOff: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
    };
  });
});
