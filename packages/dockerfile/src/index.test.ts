import { expect, it } from "vitest";
import * as api from "./index.ts";

it("offers these names and no others", () => {
  expect(Object.keys(api).toSorted()).toEqual([
    "DockerfileError",
    "PLATFORM_ARGS",
    "PROXY_ARGS",
    "classifySource",
    "expandInstruction",
    "expandWord",
    "expandWords",
    "exposedPorts",
    "globalArgs",
    "markSource",
    "parseChmod",
    "parseDockerfile",
    "parseDockerignore",
    "parseDuration",
    "parseTrigger",
    "platformArgs",
    "referencedVariables",
    "runProgram",
    "selectStages",
    "suggestStage",
  ]);
});
