import { readImageConfig, readIndex, readManifest } from "@seaworthy/oci";
import type { Annotations, ContentStore, Descriptor } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readImage } from "../test/image.ts";
import type { Source } from "../test/workbench.ts";
import type { BuildRequest, BuildResult, Engine } from "./engine.ts";

export interface EngineFixture extends Disposable {
  readonly engine: Engine;
  /** Where the engine puts its images. */
  readonly store: ContentStore;
  /** Absolute; the build context. */
  readonly context: string;
  write(files: Readonly<Record<string, Source>>): void;
}

const never = new AbortController().signal;
const EPOCH = 1_000_000_000;
const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };

/** What every implementation of Engine keeps. Nothing is pulled and nothing is run. */
export function engineContract(open: () => Promise<EngineFixture>): void {
  let fixture: EngineFixture;
  beforeEach(async () => {
    fixture = await open();
  });
  afterEach(() => fixture[Symbol.dispose]());

  const build = (
    dockerfile: string,
    more: Partial<BuildRequest> = {},
    signal: AbortSignal = never,
  ): Promise<BuildResult> => {
    const request: BuildRequest = {
      dockerfile: { path: "Dockerfile", text: dockerfile },
      context: fixture.context,
      platforms: [AMD64],
      epoch: EPOCH,
      created: EPOCH,
      ...more,
    };
    return fixture.engine.build(request, () => {}, signal);
  };
  const readAll = async (index: Descriptor): Promise<readonly (Annotations | undefined)[]> => {
    const { manifests, annotations } = await readIndex(fixture.store, index);
    const children = await Promise.all(manifests.map((child) => readManifest(fixture.store, child)));
    return [annotations, ...children.map((child) => child.annotations)];
  };

  describe("an engine", () => {
    it("makes one index with an image for each platform", async () => {
      fixture.write({ a: "a" });
      const { index } = await build("FROM scratch\nARG TARGETARCH\nCOPY a /\nLABEL for=$TARGETARCH", {
        platforms: [AMD64, ARM64],
      });
      const { manifests } = await readIndex(fixture.store, index);
      expect(manifests.map(({ platform }) => platform)).toEqual([AMD64, ARM64]);
      for (const { architecture } of [AMD64, ARM64]) {
        const { config, tree } = await readImage(fixture.store, index, architecture);
        expect(config).toMatchObject({
          architecture,
          os: "linux",
          config: { Labels: { for: architecture } },
        });
        expect(tree).toMatchObject({ a: { type: "file", content: "a" } });
      }
    });

    it("gives the same digest for the same request", async () => {
      fixture.write({ "b/c": "c", a: "a" });
      const dockerfile = "FROM scratch\nCOPY . /x/\nENV A=1\nEXPOSE 2 1";
      expect((await build(dockerfile)).index).toEqual((await build(dockerfile)).index);
    });

    it("names as many layers in the history as there are", async () => {
      fixture.write({ a: "a", b: "b" });
      const { index } = await build('FROM scratch\nCOPY a /\nENV A=1\nCOPY b /\nCMD ["/a"]');
      const { config, manifest } = await readImage(fixture.store, index);
      const filled = (config.history ?? []).filter((entry) => entry.empty_layer !== true);
      expect(filled).toHaveLength(manifest.layers.length);
      expect(config.rootfs.diff_ids).toHaveLength(manifest.layers.length);
    });

    it("copies from stages and builds the target asked for", async () => {
      fixture.write({ a: "a", b: "b" });
      const dockerfile = `FROM scratch AS one
COPY a /dir/
FROM scratch AS two
COPY --from=one /dir /taken
FROM scratch
COPY b /`;
      const { index } = await build(dockerfile, { target: "two" });
      const { tree } = await readImage(fixture.store, index);
      expect(Object.keys(tree)).toEqual(["taken", "taken/a"]);
    });

    it("lets build arguments win over defaults, and labels of the request over LABEL", async () => {
      const { index } = await build("FROM scratch\nARG A=default B=default\nLABEL a=$A b=$B c=file", {
        args: { A: "given" },
        labels: { c: "request" },
      });
      const { config } = await readImage(fixture.store, index);
      expect(config.config?.Labels).toEqual({ a: "given", b: "default", c: "request" });
    });

    it("puts annotations on the index and on every manifest", async () => {
      const annotations = { "org.example.a": "1" };
      const { index } = await build("FROM scratch\nLABEL a=b", { annotations, platforms: [AMD64, ARM64] });
      expect(await readAll(index)).toEqual([annotations, annotations, annotations]);
    });

    it("dates everything by the request", async () => {
      fixture.write({ a: "a" });
      const { index } = await build("FROM scratch\nCOPY a /");
      const { config, layers } = await readImage(fixture.store, index);
      expect(config.created).toBe("2001-09-09T01:46:40Z");
      expect(layers.flat().map(({ mtime }) => mtime)).toEqual([EPOCH]);
      expect(
        (await readImageConfig(fixture.store, (await readImage(fixture.store, index)).manifest.config))
          .history,
      ).toMatchObject([{ created: "2001-09-09T01:46:40Z" }]);
    });

    it.each([
      ["a syntax error", "FROM scratch\nCPOY a /", 2],
      ["a source that is not there", "FROM scratch\n\nCOPY nothing /", 3],
      ["a stage that is not there", "FROM scratch\nCOPY --from=7 a /", 2],
    ])("blames the line for %s", async (_, dockerfile, line) => {
      await expect(build(dockerfile)).rejects.toMatchObject({
        message: expect.stringMatching(new RegExp(`^Dockerfile:${line}: `)),
      });
    });

    it("does not begin what is cancelled already", async () => {
      await expect(build("FROM scratch\nLABEL a=b", {}, AbortSignal.abort())).rejects.toMatchObject({
        code: "aborted",
      });
    });
  });
}
