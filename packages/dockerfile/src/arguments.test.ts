import { describe, expect, it } from "vitest";
import {
  DockerfileError,
  PLATFORM_ARGS,
  PROXY_ARGS,
  globalArgs,
  parseDockerfile,
  platformArgs,
} from "./index.ts";

const build = { os: "linux", architecture: "amd64" };
const target = { os: "linux", architecture: "arm", variant: "v7" };

describe("platformArgs", () => {
  it("gives every platform argument a value", () => {
    const values = platformArgs({ build, target, stage: "final" });
    expect(Object.fromEntries(values)).toEqual({
      BUILDPLATFORM: "linux/amd64",
      BUILDOS: "linux",
      BUILDOSVERSION: "",
      BUILDARCH: "amd64",
      BUILDVARIANT: "",
      TARGETPLATFORM: "linux/arm/v7",
      TARGETOS: "linux",
      TARGETOSVERSION: "",
      TARGETARCH: "arm",
      TARGETVARIANT: "v7",
      TARGETSTAGE: "final",
    });
    expect(new Set(values.keys())).toEqual(PLATFORM_ARGS);
    expect(platformArgs({ build, target }).get("TARGETSTAGE")).toBe("default");
  });

  it("knows the proxy arguments in both cases", () => {
    expect([...PROXY_ARGS]).toHaveLength(10);
    expect(PROXY_ARGS.has("HTTPS_PROXY") && PROXY_ARGS.has("https_proxy")).toBe(true);
  });
});

describe("globalArgs", () => {
  const globals = (text: string, given: Record<string, string> = {}) =>
    globalArgs(
      parseDockerfile(`${text}\nFROM scratch\n`),
      platformArgs({ build, target }),
      new Map(Object.entries(given)),
    );

  it("lets a default use what stands before it, the same line included", () => {
    const values = globals("ARG A=1 B=$A$TARGETARCH\nARG C='$A' D=\"$B x\"");
    expect([values.get("B"), values.get("C"), values.get("D")]).toEqual(["1arm", "$A", "1arm x"]);
  });

  it("prefers what was given, and leaves a bare name undefined", () => {
    const values = globals("ARG A=1\nARG B=$A\nARG C\nARG E=", {
      A: "2",
      X: "unknown",
      TARGETARCH: "riscv64",
    });
    expect([values.get("A"), values.get("B")]).toEqual(["2", "2"]);
    expect([values.has("C"), values.has("X"), values.get("E")]).toEqual([false, false, ""]);
    expect(values.get("TARGETARCH")).toBe("riscv64");
  });

  it("blames the ARG whose default cannot be expanded", () => {
    expect(() => globals("ARG A=1\nARG B=${A")).toThrow(DockerfileError);
    expect(() => globals("ARG A=1\nARG B=${A")).toThrow(
      /^Dockerfile:2: .*\n1 \|     ARG A=1\n2 \| >>> ARG B=\$\{A/,
    );
  });
});
