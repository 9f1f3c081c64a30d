import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageConfig } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { schema } from "../config/schema.ts";
import { layerKnowledge } from "./layer-knowledge.ts";

const DOCKERFILE = `FROM node:24 AS build
RUN npm ci
FROM debian:13 AS base
FROM base
RUN apt-get update \\
 && apt-get install curl
COPY --from=build /app /app
RUN npm ci
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layers-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const image = (...createdBy: readonly string[]): ImageConfig => ({
  os: "linux",
  architecture: "amd64",
  rootfs: { type: "layers", diff_ids: createdBy.map(() => "sha256:x") },
  history: createdBy.map((text) => ({ created_by: text })),
});

const known = (config: ImageConfig, target?: string) =>
  layerKnowledge({ root, config: schema.parse(target === undefined ? {} : { target }) }, config);

describe("what a repository knows of layers", () => {
  it.each<[string, number | undefined]>([
    ["RUN apt-get update  && apt-get install curl", 5],
    ["RUN /bin/sh -c apt-get update  && apt-get install curl # buildkit", 5],
    ["RUN |1 VERSION=1 /bin/sh -c npm ci # buildkit", 8],
    ["COPY --from=build /app /app", 7],
    ["COPY /app /app # buildkit", undefined],
    ["base image", undefined],
  ])("the line of %s is %s", async (createdBy, line) => {
    writeFileSync(join(root, "Dockerfile"), DOCKERFILE);
    const { lineOf } = await known(image(createdBy));
    expect(lineOf?.(createdBy)?.line).toBe(line);
  });

  it("what lies below the first line of our own is the base", async () => {
    writeFileSync(join(root, "Dockerfile"), DOCKERFILE);
    const config = image("ADD rootfs.tar /", "CMD bash", "COPY --from=build /app /app");
    const { baseOf } = await known(config);
    const pulled = { name: "debian:13", kind: "pulled" };
    expect([0, 1, 2].map((layer) => baseOf?.(layer))).toEqual([pulled, pulled, undefined]);
    const { baseOf: ofBuild } = await known(image("ADD rootfs.tar /", "RUN npm ci"), "build");
    expect(ofBuild?.(0)).toEqual({ name: "node:24", kind: "pulled" });
  });

  it("a base that was assembled says so itself", async () => {
    const { baseOf, lineOf } = await known(image("seaworthy: node:24-slim assembled from packages", "RUN x"));
    expect(baseOf?.(0)).toEqual({ name: "node:24-slim", kind: "assembled" });
    expect(baseOf?.(1)).toBeUndefined();
    expect(lineOf?.("RUN x")).toBeUndefined();
  });

  it("nothing is known where the Dockerfile is none, or none of this image's", async () => {
    writeFileSync(join(root, "Dockerfile"), "FRM x\n");
    expect((await known(image("RUN x"))).baseOf?.(0)).toBeUndefined();
    writeFileSync(join(root, "Dockerfile"), DOCKERFILE);
    expect((await known(image("RUN something else"))).baseOf?.(0)).toBeUndefined();
  });
});
