import { describe, expect, it } from "vitest";
import { environments } from "./environments-schema.ts";

const kubernetes = { manifests: "deploy/kubernetes" };
const url = "https://shop.example.com/health";

describe("environments in the config", () => {
  it("take checks of what is answered, of any target that is asked from outside", () => {
    const checks = [{ url }, { url, status: 204 }, { url, body: "ok" }];
    const { production } = environments.parse({ production: { kubernetes, checks } });
    expect(production?.checks).toEqual([
      { url, status: 200 },
      { url, status: 204 },
      { url, status: 200, body: "ok" },
    ]);
  });

  it("take what a service on this machine answers from the service", () => {
    const services = [{ name: "web", port: 8000, http: { body: "ok" } }];
    const { here } = environments.parse({ here: { local: { services } } });
    expect(here?.local?.services?.[0]?.http).toEqual({ path: "/", status: 200, body: "ok" });
  });

  it.each<[object, readonly PropertyKey[]]>([
    [{}, ["here"]],
    [{ local: {}, kubernetes }, ["here"]],
    [{ local: {}, checks: [{ url }] }, ["here", "checks"]],
    [{ kubernetes, checks: [{ url: "ftp://shop/" }] }, ["here", "checks", 0, "url"]],
    [{ kubernetes, checks: [{ url, body: "" }] }, ["here", "checks", 0, "body"]],
  ])("refuse %j", (environment, path) => {
    const { error } = environments.safeParse({ here: environment });
    expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
  });
});
