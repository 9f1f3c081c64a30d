import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ImageConfig, openLayout, readImageConfig, readIndex, readManifest } from "@seaworthy/oci";
import type { ProgressEvent } from "@seaworthy/builder";
import { describe, expect, it } from "vitest";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { type BuildFlags, runBuild } from "./build.ts";

const NONE: BuildFlags = {
  tag: [],
  platform: [],
  buildArg: [],
  buildContext: [],
  secret: [],
  cache: true,
  label: [],
  annotation: [],
};
const DOCKERFILE = 'FROM scratch\nARG VERSION=none\nLABEL version=$VERSION\nCOPY hello /\nCMD ["/hello"]\n';

/** A machine in a folder with a Dockerfile, as anybody's. */
function folder(dockerfile = DOCKERFILE): TestMachine {
  const made = testMachine();
  writeFileSync(join(made.dir, "Dockerfile"), dockerfile);
  writeFileSync(join(made.dir, "hello"), "hello");
  return made;
}

async function build(
  { machine }: TestMachine,
  flags: Partial<BuildFlags> = {},
  context: string | undefined = ".",
) {
  const { result } = await runBuild(
    machine,
    context,
    { ...NONE, ...flags },
    () => undefined,
    new AbortController().signal,
  );
  return result.index;
}

async function configsOf(
  { dir }: TestMachine,
  index: Awaited<ReturnType<typeof build>>,
): Promise<readonly ImageConfig[]> {
  const layout = await openLayout(join(dir, ".seaworthy/store"));
  const { manifests } = await readIndex(layout, index);
  return Promise.all(
    manifests.map(async (manifest) => readImageConfig(layout, (await readManifest(layout, manifest)).config)),
  );
}

describe("seaworthy build", () => {
  it("needs no config and no git, and keeps its store out of git", async () => {
    using made = folder();
    const index = await build(made);
    const [image] = await configsOf(made, index);
    expect(image?.config).toMatchObject({ Cmd: ["/hello"], Labels: { version: "none" } });
    expect(readFileSync(join(made.dir, ".seaworthy/.gitignore"), "utf8")).toBe("*\n");
  });

  it("takes a build argument from the environment, and one that is not set is the Dockerfile's", async () => {
    using made = folder();
    const versionOf = async (env: Record<string, string>) => {
      const machine = { ...made.machine, env: { ...made.machine.env, ...env } };
      const index = await build({ ...made, machine }, { buildArg: ["VERSION"] });
      return (await configsOf(made, index))[0]?.config?.Labels?.["version"];
    };
    expect(await versionOf({ VERSION: "from-env" })).toBe("from-env");
    expect(await versionOf({})).toBe("none");
  });

  it("takes names in upper case as registries do, and says so", async () => {
    using made = folder();
    const events: ProgressEvent[] = [];
    const flags = { ...NONE, tag: ["ghcr.io/Acme/App:V1"] };
    const { signal } = new AbortController();
    const { result } = await runBuild(made.machine, ".", flags, (event) => events.push(event), signal);
    const layout = await openLayout(join(made.dir, ".seaworthy/store"));
    expect(await layout.repository("acme/app").resolve("V1")).toMatchObject({ digest: result.index.digest });
    expect(events).toContainEqual({
      type: "warning",
      message: "--tag: ghcr.io/Acme/App is used as ghcr.io/acme/app, as registries take names",
    });
  });

  it("builds each platform once, however it is written", async () => {
    using made = folder();
    const index = await build(made, { platform: ["linux/amd64,amd64", "linux/arm64/v8", "arm64"] });
    const platforms = (await configsOf(made, index)).map(({ architecture }) => architecture);
    expect(platforms).toEqual(["amd64", "arm64"]);
  });

  it("names what it built in the store", async () => {
    using made = folder();
    const index = await build(made, { tag: ["ghcr.io/acme/app:1.2", "hello"] });
    const layout = await openLayout(join(made.dir, ".seaworthy/store"));
    expect((await layout.repository("acme/app").resolve("1.2"))?.digest).toBe(index.digest);
    expect((await layout.repository("hello").resolve("latest"))?.digest).toBe(index.digest);
    const digest = `x@${index.digest}`;
    await expect(build(made, { tag: [digest] })).rejects.toMatchObject({ code: "usage" });
  });

  it("writes digest and metadata where it is told, from the folder it was called in", async () => {
    using made = folder();
    const index = await build(made, { iidfile: "iid", metadataFile: "meta.json" });
    expect(readFileSync(join(made.dir, "iid"), "utf8")).toBe(index.digest);
    expect(JSON.parse(readFileSync(join(made.dir, "meta.json"), "utf8"))).toEqual({
      "containerimage.digest": index.digest,
      "containerimage.descriptor": index,
    });
  });

  it("names the Dockerfile that is missing", async () => {
    using made = testMachine();
    await expect(build(made)).rejects.toMatchObject({
      code: "config",
      message: expect.stringMatching(/Dockerfile: not there$/),
    });
  });

  it("refuses a SOURCE_DATE_EPOCH that is no time", async () => {
    using made = folder();
    const machine = { ...made.machine, env: { SOURCE_DATE_EPOCH: "yesterday" } };
    await expect(build({ ...made, machine })).rejects.toMatchObject({ code: "usage" });
  });
});

describe("seaworthy build --output", () => {
  it("type=oci writes a layout as a tar, with the names for docker load", async () => {
    using made = folder();
    const index = await build(made, { output: "type=oci,dest=out/image.tar", tag: ["acme/app:1.2"] });
    const read = (path: string): string =>
      execFileSync("tar", ["-xOf", join(made.dir, "out/image.tar"), path], { encoding: "utf8" });
    expect(JSON.parse(read("oci-layout"))).toEqual({ imageLayoutVersion: "1.0.0" });
    expect(JSON.parse(read("index.json"))).toMatchObject({
      manifests: [
        {
          digest: index.digest,
          annotations: {
            "io.containerd.image.name": "docker.io/acme/app:1.2",
            "org.opencontainers.image.ref.name": "1.2",
          },
        },
      ],
    });
    const unpacked = join(made.dir, "unpacked");
    mkdirSync(unpacked);
    execFileSync("tar", ["-xf", join(made.dir, "out/image.tar"), "-C", unpacked]);
    const layout = await openLayout(unpacked);
    const { manifests } = await readIndex(layout, index);
    const { layers } = await readManifest(layout, manifests[0]!);
    for (const layer of layers) expect(await layout.has(layer)).toBe(true);
    expect(readdirSync(join(made.dir, "out"))).toEqual(["image.tar"]);
  });

  it("type=oci writes the same bytes again", async () => {
    using made = folder();
    await build(made, { output: "type=oci,dest=one.tar" });
    await build(made, { output: "type=oci,dest=two.tar" });
    expect(readFileSync(join(made.dir, "one.tar")).equals(readFileSync(join(made.dir, "two.tar")))).toBe(
      true,
    );
  });

  it("type=oci,tar=false adds to a layout", async () => {
    using made = folder();
    const one = await build(made, { output: "type=oci,dest=layout,tar=false", tag: ["one"] });
    const two = await build(made, { output: "type=oci,dest=layout,tar=false", tag: ["two"], label: ["a=b"] });
    const layout = await openLayout(join(made.dir, "layout"));
    expect((await layout.repository("one").resolve("latest"))?.digest).toBe(one.digest);
    expect((await layout.repository("two").resolve("latest"))?.digest).toBe(two.digest);
  });

  it.skipIf(process.getuid?.() !== 0)("type=local writes the files", async () => {
    using made = folder();
    await build(made, { output: "files" });
    expect(readFileSync(join(made.dir, "files/hello"), "utf8")).toBe("hello");
    await build(made, { output: "type=local,dest=both", platform: ["linux/amd64,linux/arm64"] });
    expect(readdirSync(join(made.dir, "both")).toSorted()).toEqual(["linux_amd64", "linux_arm64"]);
  });

  it("leaves no half archive where it cannot be written", async () => {
    using made = folder();
    mkdirSync(join(made.dir, "image.tar"));
    await expect(build(made, { output: "type=oci,dest=image.tar" })).rejects.toMatchObject({
      code: "EISDIR",
    });
    expect(readdirSync(made.dir).filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});
