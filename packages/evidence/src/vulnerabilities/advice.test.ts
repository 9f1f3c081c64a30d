import type { ImageConfig } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { packageOf } from "../../test/subject.ts";
import { LODASH } from "../../test/scanned.ts";
import { adviceFor, placeOf } from "./advice.ts";
import { type Finding, affectedPackage } from "./finding.ts";
import { type LayerOrigin, originsOf } from "./origin.ts";

const assembled: LayerOrigin = { layer: 0, base: { name: "node:24-slim", kind: "assembled" } };
const pulled: LayerOrigin = { layer: 0, base: { name: "alpine:3.22", kind: "pulled" } };
const own: LayerOrigin = { layer: 3 };

describe("what to do", () => {
  const about = (text: string, changes: Partial<Finding> = {}): Finding => {
    const { fixedIn: _, ...rest } = LODASH;
    return { ...rest, package: affectedPackage(packageOf(text)), ...changes };
  };
  const fixed = { fixedIn: "2.0" };

  it.each<[Finding, LayerOrigin, string]>([
    [about("deb openssl 1.0", fixed), assembled, "seaworthy refresh"],
    [about("deb openssl 1.0"), assembled, "wait for a fix, or leave the package out"],
    [about("deb openssl 1.0", fixed), pulled, "take a newer alpine:3.22"],
    [about("npm npm 1.0", fixed), pulled, "take a newer alpine:3.22"],
    [about("deb openssl 1.0", fixed), own, "take a newer base, or update its packages in the Dockerfile"],
    [about("npm lodash 1.0", fixed), own, "bump lodash to 2.0"],
    [about("golang stdlib 1.0", fixed), own, "build with Go 2.0"],
    [about("golang golang.org/x/net 1.0", fixed), own, "bump golang.org/x/net to 2.0"],
    [about("npm lodash 1.0"), own, "replace it, or except it with a reason"],
    [
      about("npm chalk 5.6.1", { remarks: ["malicious"] }),
      own,
      "remove chalk, and change what it may have seen",
    ],
  ])("%#", (finding, origin, advice) => expect(adviceFor(finding, origin)).toBe(advice));
});

describe("where it comes from", () => {
  const config: ImageConfig = {
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: ["sha256:a", "sha256:b"] },
    history: [
      { created_by: "base image" },
      { created_by: "ENV A=b", empty_layer: true },
      { created_by: "RUN   make\n  install" },
    ],
  };
  const lineOf = (createdBy: string) =>
    createdBy.startsWith("RUN") ? { file: "Dockerfile", line: 7 } : undefined;
  const baseOf = (layer: number) => (layer === 0 ? assembled.base : undefined);

  it("is the line, the base or what the history says of the layer", () => {
    const origin = originsOf(config, { lineOf, baseOf });
    expect(origin(0)).toEqual({ layer: 0, createdBy: "base image", base: assembled.base });
    expect(origin(1)).toEqual({
      layer: 1,
      createdBy: "RUN   make\n  install",
      line: { file: "Dockerfile", line: 7 },
    });
    expect([placeOf(origin(0)), placeOf(origin(1))]).toEqual([
      "layer 0, node:24-slim",
      "layer 1, Dockerfile:7",
    ]);
    expect(placeOf(originsOf(config)(1))).toBe("layer 1, RUN make install");
  });

  it("is only a number where the history tells of other layers", () => {
    const short = { ...config, history: [{ created_by: "RUN make" }] };
    expect(originsOf(short, { lineOf })(1)).toEqual({ layer: 1 });
    expect(placeOf({ layer: 1 })).toBe("layer 1");
    expect(placeOf({ layer: -1 })).toBe("not known");
  });
});
