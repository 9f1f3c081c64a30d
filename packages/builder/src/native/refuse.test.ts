import { afterAll, describe, expect, it } from "vitest";
import { openShell, openWorkbench } from "../../test/workbench.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());

const open = () => openWorkbench({ shell: shell.base });

describe("what is not carried out", () => {
  it.each([
    ["RUN --mount=type=ssh true", "RUN --mount=type=ssh"],
    ["RUN --security=insecure true", "RUN --security=insecure"],
    ["RUN --device=vendor.com/gpu=all true", "RUN --device=vendor.com/gpu=all"],
    ["ADD https://example.org/x.tar.gz /x", "ADD of a remote source"],
    ["ADD https://github.com/a/b.git#v1 /x", "ADD of a remote source"],
    ["ADD git@github.com:a/b.git /x", "ADD of a remote source"],
    [
      "ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 a /x",
      "ADD --checksum",
    ],
  ])("is refused by name before anything runs: %s", async (instruction, named) => {
    using bench = await open();
    const failure = await bench.fail(`FROM shell\nRUN echo began\n${instruction}`);
    expect(failure.code).toBe("unsupported");
    expect(failure.message).toMatch(/^Dockerfile:3: /);
    expect(failure.message).toContain(named);
    expect(failure.hint).toBeDefined();
    expect(failure.events).toEqual([]);
  });

  it("is refused when a variable brings it in", async () => {
    using bench = await open();
    const failure = await bench.fail("FROM shell\nARG WHERE=https://example.org\nADD $WHERE/x /x");
    expect(failure).toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(/^Dockerfile:3: /),
      place: { file: "Dockerfile", line: 3 },
    });
  });

  it("does not matter in a stage the target does not need", async () => {
    using bench = await open();
    const built = await bench.build("FROM shell AS idle\nRUN --mount=type=ssh true\nFROM shell\nLABEL a=b");
    expect(built.steps.total).toBe(0);
  });

  it("is an archive in a compression that nothing here reads, unless it is copied as it is", async () => {
    using bench = await open();
    bench.write({ "a.tar.xz": Buffer.from("fd377a585a000004e6d6b446", "hex"), "a.bz2": "BZh91AY&SY" });
    for (const name of ["a.tar.xz", "a.bz2"]) {
      const failure = await bench.fail(`FROM shell\nADD ${name} /x/`);
      expect(failure).toMatchObject({ code: "unsupported" });
      expect(failure.message).toContain(`"${name}"`);
      expect(failure.hint).toContain("--unpack=false");
      const { tree } = await (await bench.build(`FROM scratch\nADD --unpack=false ${name} /x/`)).image();
      expect(Object.keys(tree)).toEqual(["x", `x/${name}`]);
    }
  });

  it("is a RUN for a platform that cannot execute here, before anything runs", async () => {
    using bench = await open();
    const failure = await bench.fail(
      "FROM shell AS a\nRUN echo began\nFROM shell\nCOPY --from=a /etc/group /\nRUN true",
      {
        platforms: [{ os: "linux", architecture: "riscv64" }],
      },
    );
    expect(failure.code).toBe("foreign-platform");
    expect(failure.message).toMatch(
      /^Dockerfile:2: RUN needs to execute linux\/riscv64 programs and this machine cannot: no emulator is registered\n/,
    );
    expect(failure.hint).toContain("--platform=$BUILDPLATFORM");
    expect(failure.events).toEqual([]);
  });

  it("is a named context over the network", async () => {
    using bench = await open();
    const failure = await bench.fail("FROM scratch\nCOPY --from=src /a /", {
      contexts: { src: "https://example.org/x.git" },
    });
    expect(failure).toMatchObject({ code: "unsupported", message: expect.stringMatching(/^Dockerfile:2: /) });
  });
});

describe("a folder that is not there", () => {
  it("is named", async () => {
    using bench = await open();
    const gone = `${bench.dir}/gone`;
    const failure = await bench.fail("FROM scratch\nCOPY a /", { context: gone });
    expect(failure).toMatchObject({
      code: "context",
      message: `the build context: expected a folder at ${gone}, found none`,
    });
    for (const dockerfile of [
      "FROM extra",
      "FROM scratch\nCOPY --from=extra . /",
      "FROM shell\nRUN --mount=from=extra,target=/m true",
    ]) {
      const named = await bench.fail(dockerfile, { contexts: { extra: gone } });
      expect(named).toMatchObject({
        code: "context",
        message: expect.stringMatching(/^Dockerfile:[12]: context "extra"/),
      });
    }
  });
});

describe("names that every object has", () => {
  it.each(["constructor", "toString", "__proto__"])("mean nothing here: %s", async (name) => {
    using bench = await open();
    const failure = await bench.fail(`FROM scratch\nCOPY --from=${name.toLowerCase()} /a /`);
    expect(failure.message).not.toContain("is not a function");
    const built = await bench.build(`FROM scratch\nARG ${name}\nLABEL a=$${name}`);
    expect((await built.image()).config.config?.Labels).toEqual({ a: "" });
  });
});
