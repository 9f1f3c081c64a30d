import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostPlatform, formatPlatform } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { runBuild } from "./build.ts";
import { runRegistry } from "./registry.ts";
import { type SbomFlags, runSbom } from "./sbom.ts";

const SIGNAL = new AbortController().signal;
const HOST = formatPlatform(hostPlatform());

/** A folder whose store holds `app:1`, one package in each platform's image and one that is none. */
async function built(
  platforms: readonly string[] = ["linux/amd64,linux/arm64"],
): Promise<TestMachine & { digest: string }> {
  const made = testMachine();
  const put = (name: string, text: string): void => {
    mkdirSync(join(made.dir, "node_modules", name), { recursive: true });
    writeFileSync(join(made.dir, "node_modules", name, "package.json"), text);
  };
  put("left-pad", JSON.stringify({ name: "left-pad", version: "1.3.0", license: "WTFPL" }));
  put("broken", "{");
  writeFileSync(join(made.dir, "Dockerfile"), "FROM scratch\nCOPY node_modules/ /app/node_modules/\n");
  const none = { buildArg: [], buildContext: [], secret: [], label: [], annotation: [], cache: true };
  const flags = { ...none, tag: ["app:1"], platform: platforms };
  const { result } = await runBuild(made.machine, ".", flags, () => undefined, SIGNAL);
  return { ...made, digest: result.index.digest };
}

interface Spdx {
  readonly spdxVersion: string;
  readonly packages: readonly {
    readonly name: string;
    readonly comment?: string;
    readonly sourceInfo?: string;
  }[];
}

async function sbom({ machine }: TestMachine, image: string, flags: Partial<SbomFlags> = {}) {
  const said: string[] = [];
  const out = await runSbom(
    machine,
    image,
    { format: "spdx", ...flags },
    SIGNAL,
    (line) => void said.push(line),
  );
  return { out, said };
}

describe("seaworthy sbom", () => {
  it("lists what is in the image for this machine, and says that there are others and what was not read", async () => {
    using made = await built();
    const { out, said } = await sbom(made, "app:1");
    const document = JSON.parse(out) as Spdx;
    expect(document.spdxVersion).toBe("SPDX-2.3");
    expect(document.packages).toMatchObject([
      { name: "127.0.0.1:5000/app", comment: `image for ${HOST}` },
      {
        name: "left-pad",
        sourceInfo: expect.stringContaining("made by: COPY node_modules/ /app/node_modules/"),
      },
    ]);
    expect(said).toEqual([
      `this is ${HOST} of linux/amd64, linux/arm64; -o FOLDER/ writes a document for each`,
      `! ${HOST}: /app/node_modules/broken/package.json: expected JSON, found something else`,
    ]);
  });

  it("writes CycloneDX, and the same bytes each time", async () => {
    using made = await built();
    const flags = { format: "cyclonedx", platform: "arm64" } as const;
    const { out } = await sbom(made, "app:1", flags);
    expect(JSON.parse(out)).toMatchObject({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      components: [{ purl: "pkg:npm/left-pad@1.3.0" }],
    });
    expect((await sbom(made, "app:1", flags)).out).toBe(out);
  });

  it("writes a file for each platform into a folder, and nothing but their names", async () => {
    using made = await built();
    const { out } = await sbom(made, "app:1", { output: "out/boms/" });
    const files = ["linux_amd64.spdx.json", "linux_arm64.spdx.json"];
    const folder = join(made.dir, "out/boms");
    expect(out).toBe(files.map((file) => `${join(folder, file)}\n`).join(""));
    expect(readdirSync(folder).toSorted()).toEqual(files);
    const [, arm] = files.map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Spdx);
    expect(arm?.packages[0]?.comment).toBe("image for linux/arm64");
  });

  it("writes one platform into a file", async () => {
    using made = await built();
    const { out, said } = await sbom(made, "app:1", { output: "a/b.json", platform: "linux/arm64" });
    const file = join(made.dir, "a/b.json");
    expect(out).toBe(`${file}\n`);
    expect((JSON.parse(readFileSync(file, "utf8")) as Spdx).packages[0]?.comment).toBe(
      "image for linux/arm64",
    );
    expect(said).toHaveLength(1);
  });

  it("takes the only platform there is", async () => {
    using made = await built(["linux/s390x"]);
    const { out, said } = await sbom(made, "app:1");
    expect((JSON.parse(out) as Spdx).packages[0]?.comment).toBe("image for linux/s390x");
    expect(said).toEqual([expect.stringMatching(/^! linux\/s390x: /)]);
  });

  it("describes an image in a registry as it does one in the store", async () => {
    using made = await built();
    using elsewhere = testMachine();
    const flags = { host: "127.0.0.1", port: 0, readOnly: true };
    const server = await runRegistry(made.machine, flags, SIGNAL);
    try {
      const name = `${new URL(server.url).host}/app`;
      const { out } = await sbom(elsewhere, `${name}@${made.digest}`, { platform: "linux/amd64" });
      const { out: local } = await sbom(made, "app:1", { platform: "linux/amd64" });
      const namesIn = (text: string): unknown => (JSON.parse(text) as Spdx).packages.map((each) => each.name);
      expect(namesIn(out)).toEqual([name, "left-pad"]);
      expect(namesIn(local)).toEqual(["127.0.0.1:5000/app", "left-pad"]);
    } finally {
      await server.close();
    }
  });

  it.each<[string, Partial<SbomFlags>, string, RegExp]>([
    ["127.0.0.1:5000/app:2", {}, "usage", /not found; looked for/],
    [`sha256:${"0".repeat(64)}`, {}, "usage", /not found; looked for/],
    ["app:1", { platform: "linux/386" }, "usage", /expected linux\/386, found linux\/amd64, linux\/arm64/],
    ["app:1", { platform: "a/b/c/d" }, "invalid-platform", /os\/arch/],
    ["App:1", {}, "invalid-reference", /upper case/],
  ])("refuses %s with %j", async (image, flags, code, message) => {
    using made = await built();
    await expect(sbom(made, image, flags)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});
