import { describe, expect, it } from "vitest";
import { readEvent } from "./events/read.ts";
import { type MetadataRequest, metadataOf } from "./metadata.ts";

const SHA = "860c1904a1ce19322e91ac35af1ab07466440c37";
const NOW = Date.parse("2020-01-10T00:30:00.000Z");
const RULES = [
  "type=ref,event=branch",
  "type=semver,pattern={{version}}",
  "type=semver,pattern={{major}}.{{minor}}",
  "type=sha",
].join("\n");

const payload = JSON.stringify({
  repository: {
    name: "Hello-World",
    description: "This your first repo!",
    html_url: "https://github.com/octocat/Hello-World",
    default_branch: "master",
    license: { spdx_id: "MIT" },
  },
});
const event = readEvent({ payload, ref: "refs/tags/v1.2.3", sha: SHA }, {}, { dirty: true });
const about = (request: Partial<MetadataRequest> = {}) =>
  metadataOf(event, { policy: { rules: RULES, now: NOW }, images: "name/app", ...request });

const LABELS = {
  "org.opencontainers.image.title": "Hello-World",
  "org.opencontainers.image.description": "This your first repo!",
  "org.opencontainers.image.url": "https://github.com/octocat/Hello-World",
  "org.opencontainers.image.source": "https://github.com/octocat/Hello-World",
  "org.opencontainers.image.version": "1.2.3",
  "org.opencontainers.image.created": "2020-01-10T00:30:00.000Z",
  "org.opencontainers.image.revision": SHA,
  "org.opencontainers.image.licenses": "MIT",
};
const TAGS = ["name/app:1.2.3", "name/app:1.2", "name/app:sha-860c190", "name/app:latest"];
const ARGS = { DOCKER_META_IMAGES: "name/app", DOCKER_META_VERSION: "1.2.3" };

describe("metadataOf", () => {
  it("gives the bake definition that metadata-action documents", () => {
    expect(about().bake("bake")).toEqual({
      target: { "docker-metadata-action": { tags: TAGS, labels: LABELS, args: ARGS } },
    });
  });

  it("gives each part of it alone, under the target's name", () => {
    const { bake, metadata } = about();
    expect(bake("bake-tags", "app")).toEqual({ target: { app: { tags: TAGS, args: ARGS } } });
    expect(bake("bake-labels", "app")).toEqual({ target: { app: { labels: LABELS } } });
    expect(bake("bake-annotations", "app")).toEqual({
      target: { app: { annotations: metadata.annotations } },
    });
  });

  it("sorts labels, lets given ones go before and fills their expressions", () => {
    const { metadata } = about({
      labels: [
        "maintainer=CrazyMax",
        "# a comment",
        "org.opencontainers.image.title=My=Title",
        "org.opencontainers.image.created={{commit_date 'YYYY-MM-DDTHH:mm:ss.SSS[Z]'}}",
      ].join("\n"),
    });
    expect(Object.keys(metadata.labels)).toEqual(Object.keys(metadata.labels).toSorted());
    expect(metadata.labels).toEqual({
      ...LABELS,
      maintainer: "CrazyMax",
      "org.opencontainers.image.title": "My=Title",
    });
  });

  it("writes annotations for every level; those of the index too where no rules ask for metadata-action's way (P33)", () => {
    expect(about({ annotationLevels: "manifest,index", annotations: "a=b" }).metadata.annotations).toEqual(
      expect.arrayContaining([
        "manifest:a=b",
        "index:a=b",
        `index:org.opencontainers.image.revision=${SHA}`,
      ]) as unknown,
    );
    expect(about().metadata.annotations.every((line) => line.startsWith("manifest:"))).toBe(true);
    const own = about({ policy: { now: NOW } }).metadata.annotations;
    expect(own.some((line) => line.startsWith("index:org.opencontainers.image.description="))).toBe(true);
    expect(() => about({ annotationLevels: "layer" })).toThrow('annotation levels: "layer" is not known');
  });

  it.each([
    ["", ["1.2.3", "1.2", "sha-860c190", "latest"]],
    ["name=GHCR.io/Acme/App\nname=off/app,enable=false", ["ghcr.io/acme/app:1.2.3"]],
    ["name/app,ghcr.io/name/bar", ["name/app:1.2.3", "ghcr.io/name/bar:1.2.3"]],
    ["name/foo\nghcr.io/name/bar", ["name/foo:latest", "ghcr.io/name/bar:latest"]],
  ])("fault 10: images %j", (images, expected) => {
    expect(about({ images }).metadata.tags).toEqual(expect.arrayContaining(expected) as unknown);
    expect(about({ images }).metadata.tags.join("")).not.toMatch(/[A-Z]|off/);
  });

  it.each([
    ["name=", "images:1: has no name"],
    ["name=a/b,enable=yes", 'images:1: "enable=yes" is not known'],
    ["a/b\nfoo=bar", 'images:2: "foo=bar" is not known'],
  ])("refuses images %j", (images, message) => {
    expect(() => about({ images })).toThrow(message);
  });

  it("has no version and no tags where no rule says anything", () => {
    const { metadata } = about({ policy: { rules: "type=schedule", now: NOW } });
    expect(metadata).toMatchObject({
      version: "",
      tags: [],
      labels: { "org.opencontainers.image.version": "" },
    });
  });
});
