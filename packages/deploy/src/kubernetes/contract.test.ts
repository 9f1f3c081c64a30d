import { IMAGES, openRig } from "../../test/kubernetes/rig.ts";
import { targetContract } from "../target.contract.ts";

targetContract("kubernetes", async () => {
  const rig = await openRig();
  return {
    open: () => rig.open(),
    images: IMAGES,
    serving: () => Promise.resolve(rig.serving()),
    // The cluster's nodes ask registries, never the target.
    cutOff: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
});
