import { execFileSync } from "node:child_process";
import { lutimesSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, describe, expect, it } from "vitest";
import { baseOf, itemsOfDirectory } from "../../test/root.ts";
import { type Built, openShell, openWorkbench } from "../../test/workbench.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());

const open = () => openWorkbench({ shell: shell.base });
const count = ({ steps: { cached, total } }: Built): string => `${cached} of ${total}`;

const DOCKERFILE = `FROM shell AS build
COPY a /in/
RUN cat /in/a > /out && echo built
FROM shell
WORKDIR /app
COPY --from=build /out result
COPY b .
RUN cat b > c
CMD ["/app/result"]`;

describe("a second build", () => {
  it("finds every step, and loads no native code to do so", async () => {
    using bench = await open();
    bench.write({ a: "a", b: "b" });
    const first = await bench.build(DOCKERFILE);
    expect(count(first)).toBe("0 of 5");
    const again = await bench.build(DOCKERFILE);
    expect(count(again)).toBe("5 of 5");
    expect(again.index).toEqual(first.index);
    const script = new URL("../../test/build-again.ts", import.meta.url).pathname;
    const args = [script, bench.cacheDir, bench.layout.dir, bench.context, DOCKERFILE];
    const told = JSON.parse(execFileSync(execPath, args, { encoding: "utf8" })) as object;
    expect(told).toEqual({ digest: first.index.digest, steps: { cached: 5, total: 5 }, native: false });
  });

  it("finds an archive that was unpacked", async () => {
    using bench = await open();
    execFileSync("tar", ["-C", shell.dir, "-czf", join(bench.context, "etc.tar.gz"), "etc"]);
    const dockerfile = "FROM shell\nWORKDIR /x\nADD etc.tar.gz .\nUSER user\nWORKDIR /y";
    const first = await bench.build(dockerfile);
    expect(count(first)).toBe("0 of 1");
    const again = await bench.build(dockerfile);
    expect(count(again)).toBe("1 of 1");
    expect(again.index).toEqual(first.index);
  });

  it("marks in its events what came from the cache", async () => {
    using bench = await open();
    bench.write({ a: "a", b: "b" });
    expect((await bench.build(DOCKERFILE)).statuses("RUN")).toEqual(["done", "done"]);
    expect((await bench.build(DOCKERFILE)).statuses("RUN")).toEqual(["cached", "cached"]);
  });

  it("stores nothing new", async () => {
    using bench = await open();
    bench.write({ a: "a", b: "b" });
    await bench.build(DOCKERFILE);
    const files = (): readonly string[] =>
      [bench.cacheDir, bench.layout.dir].flatMap((dir) =>
        readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((path) => !path.includes("/tmp")),
      );
    const before = files();
    await bench.build(DOCKERFILE);
    expect(files()).toEqual(before);
  });

  it("does not care for times", async () => {
    using bench = await open();
    bench.write({ a: "a", b: "b" });
    await bench.build(DOCKERFILE);
    for (const name of ["a", "b", "."]) lutimesSync(join(bench.context, name), 5, 5);
    expect(count(await bench.build(DOCKERFILE))).toBe("5 of 5");
  });

  it("repeats only what follows a changed file", async () => {
    using bench = await open();
    bench.write({ a: "a", b: "b" });
    await bench.build(DOCKERFILE);
    bench.write({ b: "B" });
    const built = await bench.build(DOCKERFILE);
    expect(built.statuses("COPY")).toEqual(["cached", "cached", "done"]);
    expect(built.statuses("RUN")).toEqual(["cached", "done"]);
    expect((await built.image()).tree["app/c"]).toMatchObject({ content: "B" });
  });

  it("notices a file that changed within the same tick and size", async () => {
    using bench = await open();
    for (const text of ["1", "2", "3"]) {
      bench.write({ a: text });
      const { tree } = await (await bench.build("FROM scratch\nCOPY a /")).image();
      expect(tree["a"]).toMatchObject({ content: text });
    }
  });

  it("repeats nothing for a file that .dockerignore leaves out", async () => {
    using bench = await open();
    bench.write({ ".dockerignore": "skip\n", a: "a", skip: "1" });
    await bench.build("FROM shell\nCOPY . /x/\nRUN ls /x");
    bench.write({ skip: "2", skip2: "no" });
    rmSync(join(bench.context, "skip2"));
    expect(count(await bench.build("FROM shell\nCOPY . /x/\nRUN ls /x"))).toBe("2 of 2");
  });

  it("goes no further than a stage whose result is the same", async () => {
    using bench = await open();
    bench.write({ a: "a", b: "b" });
    const dockerfile = `FROM shell AS build
COPY a /in/
RUN true > /out
FROM shell
COPY --from=build /out /
RUN cat /out`;
    await bench.build(dockerfile);
    bench.write({ a: "another" });
    const built = await bench.build(dockerfile);
    expect(built.statuses("COPY")).toEqual(["done", "cached"]);
    expect(built.statuses("RUN")).toEqual(["done", "cached"]);
  });

  it("runs again for another ENV, ARG, USER, WORKDIR, network or SHELL, and not for a LABEL", async () => {
    using bench = await open();
    const run = async (before: string, flags = ""): Promise<readonly string[]> =>
      (await bench.build(`FROM shell\n${before}\nRUN ${flags} true`)).statuses("RUN");
    expect(await run("LABEL a=1")).toEqual(["done"]);
    expect(await run("LABEL a=2\nCMD x\nEXPOSE 80")).toEqual(["cached"]);
    for (const before of ["ENV A=1", "ARG A=2", "USER 5", "WORKDIR /tmp", 'SHELL ["/bin/dash", "-c"]']) {
      expect([before, ...(await run(before))]).toEqual([before, "done"]);
      expect([before, ...(await run(before))]).toEqual([before, "cached"]);
    }
    expect(await run("", "--network=none")).toEqual(["done"]);
    expect(await run("", "--network=host")).toEqual(["cached"]);
  });

  it("does not run again for another proxy, CA bundle or secret", async () => {
    using bench = await open();
    const dockerfile = "FROM shell\nRUN --mount=type=secret,id=s true";
    const ca = join(bench.dir, "ca.crt");
    writeFileSync(ca, "certificate");
    await bench.build(dockerfile, { secrets: { s: { value: "one two" } } });
    bench.reopen({ proxies: { HTTP_PROXY: "http://proxy.example" }, caBundle: ca });
    const args = { https_proxy: "http://other.example" };
    const built = await bench.build(dockerfile, { secrets: { s: { value: "three" } }, args });
    expect(count(built)).toBe("1 of 1");
  });
});

describe("what is remembered", () => {
  it("is not trusted when the files it stands for are gone", async () => {
    using bench = await open();
    bench.write({ a: "a", b: "b" });
    const first = await bench.build(DOCKERFILE);
    bench.reopen();
    rmSync(join(bench.cacheDir, "snapshots"), { recursive: true });
    const built = await bench.build(DOCKERFILE);
    expect(built.statuses("RUN")).toEqual(["done", "done"]);
    expect(built.index).toEqual(first.index);
  });

  it("does not keep a store without blobs from getting them", async () => {
    using bench = await open();
    bench.write({ a: "a", b: "b" });
    const first = await bench.build(DOCKERFILE);
    rmSync(join(bench.layout.dir, "blobs", "sha256"), { recursive: true });
    renameSync(join(bench.layout.dir, "tmp"), join(bench.layout.dir, "blobs", "sha256"));
    execFileSync("mkdir", [join(bench.layout.dir, "tmp")]);
    const again = await bench.build(DOCKERFILE);
    expect(again.index).toEqual(first.index);
    expect((await again.image()).tree["app/c"]).toMatchObject({ content: "b" });
  });

  it("is a miss where it is torn", async () => {
    using bench = await open();
    bench.write({ a: "a", b: "b" });
    const first = await bench.build(DOCKERFILE);
    const records = join(bench.cacheDir, "records");
    for (const path of readdirSync(records, { recursive: true, encoding: "utf8" })) {
      if (path.endsWith(".json")) writeFileSync(join(records, path), '{"layer": "no');
    }
    expect((await bench.build(DOCKERFILE)).index).toEqual(first.index);
  });

  it("is left aside without cache, and the new result counts from then on", async () => {
    using bench = await open();
    const dockerfile = "FROM shell\nRUN cat /proc/sys/kernel/random/uuid > /id\nRUN cat /id";
    const first = await bench.build(dockerfile);
    const second = await bench.build(dockerfile, { noCache: true });
    expect(count(second)).toBe("0 of 2");
    expect(second.output).not.toBe(first.output);
    const third = await bench.build(dockerfile);
    expect(count(third)).toBe("2 of 2");
    expect(third.index).toEqual(second.index);
  });

  it("runs a step once for two stages that have it in common, without cache too", async () => {
    using bench = await open();
    const dockerfile = `FROM shell AS one
RUN cat /proc/sys/kernel/random/uuid > /id
FROM shell AS two
RUN cat /proc/sys/kernel/random/uuid > /id
FROM scratch
COPY --from=one /id /1
COPY --from=two /id /2`;
    for (const noCache of [false, true]) {
      const { tree } = await (await bench.build(dockerfile, { noCache })).image();
      expect(tree["1"]).toEqual(tree["2"]);
    }
  });

  it("is another one when the base is", async () => {
    using bench = await open();
    await bench.build("FROM shell\nRUN echo run");
    const other = baseOf("another key", () => itemsOfDirectory(shell.dir));
    const built = await bench.build("FROM shell\nRUN echo run", { bases: { shell: other } });
    expect(built.statuses("RUN")).toEqual(["done"]);
  });

  it("does not fail a build when it cannot be written", async () => {
    using bench = await open();
    bench.write({ a: "a" });
    await bench.build("FROM scratch\nCOPY a /");
    rmSync(join(bench.cacheDir, "records"), { recursive: true });
    writeFileSync(join(bench.cacheDir, "records"), "not a directory");
    const { tree } = await (await bench.build("FROM scratch\nCOPY a /b")).image();
    expect(Object.keys(tree)).toEqual(["b"]);
  });
});

describe("stages", () => {
  it("do not run when the target does not need them", async () => {
    using bench = await open();
    const built = await bench.build(`FROM nowhere AS lost
RUN exit 1
FROM shell AS idle
RUN exit 1
FROM shell
RUN echo ok`);
    expect(built.statuses("RUN")).toEqual(["done"]);
  });

  it("run beside each other", async () => {
    using bench = await open();
    const wait = (mine: string, other: string): string =>
      `RUN --mount=type=cache,id=meet,target=/m touch /m/${mine}; while [ ! -e /m/${other} ]; do sleep 0.01; done`;
    const built = await bench.build(`FROM shell AS one
${wait("a", "b")}
FROM shell AS two
${wait("b", "a")}
FROM scratch
COPY --from=one /etc/passwd /1
COPY --from=two /etc/passwd /2`);
    expect(built.statuses("RUN")).toEqual(["done", "done"]);
  });

  it("run once for two platforms when they cannot tell them apart", async () => {
    using bench = await open();
    const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
    const built = await bench.build(
      `FROM --platform=$BUILDPLATFORM shell AS shared
RUN echo shared > /x
FROM --platform=$BUILDPLATFORM shell AS each
ARG TARGETARCH
RUN echo $TARGETARCH > /y
FROM scratch
COPY --from=shared /x /
COPY --from=each /y /`,
      { platforms },
    );
    expect(built.statuses("RUN echo shared")).toEqual(["done"]);
    expect(built.statuses("RUN echo $TARGETARCH")).toEqual(["done", "done"]);
    for (const architecture of ["amd64", "arm64"]) {
      const { tree, config } = await built.image(architecture);
      expect(config.architecture).toBe(architecture);
      expect(tree["y"]).toMatchObject({ content: `${architecture}\n` });
    }
  });
});
