import { describe, expect, it } from "vitest";
import { compose } from "./compose-schema.ts";

const files = ["deploy/compose/compose.yaml"];

describe("compose in the config", () => {
  it("takes Docker, two minutes to get well and five seconds to stay so where nothing is said", () => {
    expect(compose.parse({ files })).toEqual({
      files,
      envFiles: [],
      command: "docker",
      hold: 5_000,
      within: 120_000,
      keep: 5,
    });
  });

  it("takes what it is told", () => {
    const given = {
      files,
      project: "shop",
      services: ["web"],
      image: "acme/app",
      envFiles: ["production.env"],
      command: "podman" as const,
      host: "ssh://deploy@shop.example.com",
      keep: 3,
    };
    expect(compose.parse({ ...given, hold: "1m", within: 10 })).toEqual({
      ...given,
      hold: 60_000,
      within: 10_000,
    });
  });

  it.each([
    [{ files: [] }, ["files"]],
    [{ files, project: "My Shop" }, ["project"]],
    [{ files, image: "acme/app@sha256:0" }, ["image"]],
    [{ files, host: "shop.example.com" }, ["host"]],
    [{ files, host: "ssh://shop", context: "shop" }, ["context"]],
    [{ files, checks: [] }, []],
    [{ files, keep: 1 }, ["keep"]],
    [{ files, wait: "5s" }, []],
  ])("refuses %j", (given, path) => {
    const { error } = compose.safeParse(given);
    expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
  });
});
