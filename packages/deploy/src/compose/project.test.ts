import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LABEL, type Project, pin } from "./project.ts";
import { projectName } from "./read-project.ts";
import type { ComposeSettings } from "./settings.ts";

const image = { name: "ghcr.io/acme/app", digest: digestOf(Buffer.from("1")), version: "1.2.3" };

describe("a Compose project", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "seaworthy-compose-"));
    mkdirSync(join(root, "My.Shop"));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const settings = (...files: readonly string[]): ComposeSettings => {
    files.forEach((text, at) => writeFileSync(join(root, "My.Shop", `${at}.yaml`), text));
    return { root, environment: "production", files: files.map((_, at) => `My.Shop/${at}.yaml`) };
  };

  it.each([
    ["its folder", ["services: {}"], "myshop"],
    ["what the file says", ["name: shop"], "shop"],
    ["what the last file says", ["name: shop", "name: store", "services: {}"], "store"],
  ])("has the name of %s", (_, files, name) => {
    expect(projectName(settings(...files))).toBe(name);
  });

  it("has the name that is set, whatever the files say", () => {
    expect(projectName({ ...settings("{"), project: "mine" })).toBe("mine");
  });

  it.each([
    ["name: shop-$WHO", 'expected a name without variables, found "shop-$WHO"'],
    ["{", "My.Shop/0.yaml: "],
  ])("has no name by %s", (file, problem) => {
    expect(() => projectName(settings(file))).toThrow(problem);
  });

  it("names the file that is not there", () => {
    expect(() => projectName({ ...settings(), files: ["no.yaml"] })).toThrow("no.yaml: not there");
  });

  it.each(["ghcr.io/acme/app", "ghcr.io/acme/app:1.0", `ghcr.io/acme/app@${image.digest}`])(
    "is pinned where it says %s",
    (text) => {
      const { services } = pin({ services: { web: { image: text, build: "." } } }, image, settings(""));
      expect(services["web"]).toMatchObject({
        image: `${image.name}@${image.digest}`,
        pull_policy: "missing",
      });
      expect(services["web"]).not.toHaveProperty("build");
    },
  );

  it("has a label that changes with what a service says, and with nothing else", () => {
    const label = (service: object): unknown => {
      const project = { services: { web: { image: image.name, ...service } } } as Project;
      const { web } = pin(project, image, settings("")).services;
      return (web!["labels"] as Record<string, string>)[LABEL.config];
    };
    expect(label({ restart: "always" })).not.toBe(label({}));
    expect(label({ pull_policy: "always" })).toBe(label({}));
  });

  it("starts what was of a profile when it was read, whoever goes back to it", () => {
    const { web } = pin(
      { services: { web: { image: image.name, profiles: ["shop"] } } },
      image,
      settings(""),
    ).services;
    expect(web).not.toHaveProperty("profiles");
  });

  it("keeps the labels of its own, in either form", () => {
    const services = {
      web: { image: image.name, labels: ["a=b=c"] },
      worker: { image: image.name, labels: { a: "b" } },
    };
    expect(pin({ services }, image, settings("")).services).toMatchObject({
      web: { labels: { a: "b=c", [LABEL.digest]: image.digest } },
      worker: { labels: { a: "b", [LABEL.environment]: "production" } },
    });
  });
});
