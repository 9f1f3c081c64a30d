import { describe } from "vitest";
import { openLocalRig } from "../../test/local-rig.ts";
import { targetContract } from "../target.contract.ts";

describe.skipIf(process.getuid?.() !== 0)("local", () => {
  targetContract("local", openLocalRig);
});
