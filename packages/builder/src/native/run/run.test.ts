import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { umask } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { baseOf, itemsOfDirectory } from "../../../test/root.ts";
import { SHELL_CONFIG, type Workbench, openShell, openWorkbench } from "../../../test/workbench.ts";
import { processesWith } from "../../../../sandbox/test/machine.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());

const open = (options = {}) => openWorkbench({ shell: shell.base }, options);

/** All bytes below the folders, to look for what must not be there. */
function everything(...folders: readonly string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")),
    )
    .join("\n");
}

describe("a RUN that fails", () => {
  it("tells its exit code, its line and the last 20 lines it printed", async () => {
    using bench = await open();
    const { code, message, hint } = await bench.fail(`FROM shell
RUN echo fine

RUN i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i; done; echo oops >&2; exit 7`);
    expect(code).toBe("run-failed");
    expect(message).toMatch(/^Dockerfile:4: RUN exited 7\n/);
    expect(message).toContain("4 | >>> RUN i=0;");
    const shown = message.slice(message.indexOf("its last lines:")).split("\n").slice(1);
    expect(shown).toHaveLength(20);
    expect(shown.at(0)).toBe("  line 12");
    expect(shown.at(-1)).toBe("  oops");
    expect(hint).toContain("mend the command");
  });

  it("is not remembered", async () => {
    using bench = await open();
    const dockerfile = "FROM shell\nRUN --mount=type=cache,target=/m [ -e /m/x ] || { touch /m/x; exit 1; }";
    await bench.fail(dockerfile);
    expect((await bench.build(dockerfile)).statuses("RUN")).toEqual(["done"]);
  });

  it("leaves no process, no mount and no file", async () => {
    using bench = await open();
    const mounts = readFileSync("/proc/self/mountinfo", "utf8");
    await bench.fail("FROM shell\nRUN sleep 98765.1 & exit 1");
    expect(bench.leftovers()).toEqual([]);
    expect(processesWith("98765.1")).toEqual([]);
    expect(readFileSync("/proc/self/mountinfo", "utf8").split("\n").length).toBeLessThanOrEqual(
      mounts.split("\n").length,
    );
  });

  it("stops the other stages, and ends when they have", async () => {
    using bench = await open();
    const { message, events } = await bench.fail(`FROM shell AS slow
RUN sleep 98765.2
FROM shell AS wrong
RUN sleep 0.2; exit 5
FROM scratch
COPY --from=slow /etc/passwd /
COPY --from=wrong /etc/passwd /`);
    expect(message).toContain("Dockerfile:4: RUN exited 5");
    expect(processesWith("98765.2")).toEqual([]);
    const ends = events.flatMap((event) => (event.type === "end" ? [`${event.status} ${event.id}`] : []));
    expect(ends).toContain("failed [wrong 2/2] RUN sleep 0.2; exit 5");
    expect(ends).toContain("skipped [slow 2/2] RUN sleep 98765.2");
    const count = events.length;
    await sleep(50);
    expect(events).toHaveLength(count);
    expect(bench.leftovers()).toEqual([]);
  });
});

describe("stopping a build", () => {
  it.each([0, 5, 20, 60, 100, 150, 200, 300])("leaves nothing after %i ms", async (delay) => {
    using bench = await open();
    bench.write({ a: "a" });
    const stop = new AbortController();
    const building = bench.fail(
      `FROM shell AS one
COPY a /
RUN sleep 98765.3
FROM shell
COPY --from=one /a /
RUN --mount=type=secret,id=s --mount=type=cache,target=/c,sharing=locked sleep 98765.3`,
      { secrets: { s: { value: "hidden" } } },
      stop.signal,
    );
    await sleep(delay);
    stop.abort(new Error("Ctrl-C"));
    expect(await building).toMatchObject({ code: "aborted", message: "the build was stopped" });
    expect(processesWith("98765.3")).toEqual([]);
    expect(bench.leftovers()).toEqual([]);
    bench.reopen();
    expect(readdirSync(join(bench.cacheDir, "snapshots", "tmp"), { encoding: "utf8" })).toEqual([]);
  });

  it("leaves nothing of an export that was under way", async () => {
    using bench = await open();
    const stop = new AbortController();
    const base = baseOf("endless", function* () {
      yield* itemsOfDirectory(shell.dir);
      stop.abort();
      yield* itemsOfDirectory(shell.dir);
    });
    const failure = await bench.fail("FROM endless\nCMD x", { bases: { endless: base } }, stop.signal);
    expect(failure.code).toBe("aborted");
    expect(bench.leftovers()).toEqual([]);
    expect(readdirSync(join(bench.layout.dir, "blobs", "sha256"))).toEqual([]);
  });
});

describe("a secret", () => {
  const SECRET = "correct-horse-battery";
  const dockerfile = `FROM shell
RUN --mount=type=secret,id=token cat /run/secrets/token && echo ok
RUN --mount=type=secret,id=token,env=TOKEN echo "$TOKEN" | cat; echo $TOKEN > /dev/null
RUN --mount=type=secret,id=token,target=/root/.npmrc,uid=5,mode=0440 stat -c '%u %a' /root/.npmrc`;

  it("is in no layer, record, key, event or store", async () => {
    using bench = await open();
    const built = await bench.build(dockerfile, { secrets: { token: { value: `${SECRET}\n` } } });
    expect(JSON.stringify(built.events)).not.toContain(SECRET);
    expect(built.output).toContain("***\nok\n");
    expect(built.output).toContain("5 440\n");
    expect(everything(bench.layout.dir, bench.cacheDir)).not.toContain(SECRET);
    const { layers } = await built.image();
    expect(JSON.stringify(layers)).not.toContain(SECRET);
  });

  it("is struck out of the error of a step that prints it", async () => {
    using bench = await open();
    const failure = await bench.fail(
      'FROM shell\nRUN --mount=type=secret,id=a while read x; do echo "[$x]"; done < /run/secrets/a; exit 1',
      { secrets: { a: { value: `first ${SECRET}\nsecond line\n` } } },
    );
    expect(failure.message).toContain("  [***]\n  [***]");
    expect(JSON.stringify(failure)).not.toContain(SECRET);
  });

  it("comes from a file too, and is missed where it is required", async () => {
    using bench = await open();
    const file = join(bench.dir, "secret");
    writeFileSync(file, SECRET, { mode: 0o600 });
    await bench.build("FROM shell\nRUN --mount=type=secret,id=a,required grep -q horse /run/secrets/a", {
      secrets: { a: { file } },
    });
    const missing = await bench.fail("FROM shell\nRUN --mount=type=secret,id=toString,required true");
    expect(missing).toMatchObject({ code: "secret-missing" });
    expect(missing.message).toMatch(/^Dockerfile:2: secret "toString" is required and was not given/);
    const unreadable = await bench.fail("FROM shell\nRUN --mount=type=secret,id=b true", {
      secrets: { b: { file: `${file}-gone` } },
    });
    expect(unreadable.message).toContain(`cannot read ${file}-gone (ENOENT)`);
  });
});

describe("a cache mount", () => {
  const touch = (sharing: string): string =>
    `RUN --mount=type=cache,id=c,target=/c,sharing=${sharing} echo x >> /c/log && cat /c/log`;

  it("keeps its files between builds and out of the layer", async () => {
    using bench = await open();
    await bench.build(`FROM shell\nENV N=1\n${touch("shared")}`);
    const built = await bench.build(`FROM shell\nENV N=2\n${touch("shared")}`);
    expect(built.output).toBe("x\nx\n");
    expect((await built.image()).tree["c"]).toBeUndefined();
  });

  /** Two builds at once whose steps tell when both are inside. */
  async function meet(one: Workbench, two: Workbench, sharing: string): Promise<readonly string[]> {
    const step = (mine: string, other: string): string =>
      `FROM shell
ENV ME=${mine}
RUN --mount=type=cache,id=meeting,target=/meet --mount=type=cache,id=c,target=/c,sharing=${sharing} \\
  echo ${mine} >> /c/log; touch /meet/${mine}; i=0; \\
  while [ ! -e /meet/${other} ] && [ $i -lt 60 ]; do i=$((i+1)); sleep 0.01; done; \\
  [ -e /meet/${other} ] && echo both; cat /c/log${sharing === "locked" ? `; rm /meet/${mine}` : ""}`;
    const built = await Promise.all([one.build(step("a", "b")), two.build(step("b", "a"))]);
    return built.map(({ output }) => output).toSorted();
  }

  it("is one directory for two steps at once when it is shared", async () => {
    using one = await open();
    using two = await open({ cacheDir: one.cacheDir });
    const [first = "", second = ""] = await meet(one, two, "shared");
    expect(first).toMatch(/^both\n/);
    expect(second.split("\n").filter((line) => line === "a" || line === "b")).toHaveLength(2);
  });

  it("makes two steps wait for each other when it is locked", async () => {
    using one = await open();
    using two = await open({ cacheDir: one.cacheDir });
    const outputs = await meet(one, two, "locked");
    expect(outputs.join("")).not.toContain("both");
    expect(outputs.map((text) => text.trim().split("\n").length)).toEqual(expect.arrayContaining([1, 2]));
  });

  it("gives each of two steps a directory of its own when it is private, and the first one again later", async () => {
    using one = await open();
    using two = await open({ cacheDir: one.cacheDir });
    expect(await meet(one, two, "private")).toEqual(["both\na\n", "both\nb\n"]);
    const later = await one.build(`FROM shell\nENV N=3\n${touch("private")}`);
    expect(later.output).toMatch(/^[ab]\nx\n$/);
  });

  it("begins with the files of a stage", async () => {
    using bench = await open();
    const built = await bench.build(`FROM shell AS seed
RUN mkdir /s && echo seeded > /s/x && chmod 600 /s/x && chown 3:4 /s/x && ln -s x /s/l
FROM shell
RUN --mount=type=cache,from=seed,source=/s,target=/c cat /c/l && stat -c '%a %u %g' /c/x`);
    expect(built.output).toBe("seeded\n600 3 4\n");
  });
});

describe("a bind mount", () => {
  it("shows what .dockerignore lets through, and cannot write to the folder", async () => {
    using bench = await open();
    bench.write({ ".dockerignore": "hidden\n", hidden: "no", "d/a": "a" });
    const built = await bench.build(`FROM shell
RUN --mount=type=bind,target=/m ls /m && touch /m/x || echo refused
RUN --mount=type=bind,target=/m,rw ls /m && echo changed > /m/d/a
RUN --mount=type=bind,source=d,target=m cat m/a`);
    expect(built.output).toContain("d\n");
    expect(built.output).not.toContain("hidden");
    expect(built.output).toContain("refused");
    expect(built.output).not.toContain("proc");
    expect(readFileSync(join(bench.context, "d/a"), "utf8")).toBe("a");
    expect((await built.image()).tree["m"]).toBeUndefined();
  });

  it("is part of the key by what it shows", async () => {
    using bench = await open();
    bench.write({ "d/a": "1", other: "1" });
    const dockerfile = "FROM shell\nRUN --mount=type=bind,source=d,target=/m cat /m/a";
    await bench.build(dockerfile);
    bench.write({ other: "2" });
    expect((await bench.build(dockerfile)).statuses("RUN")).toEqual(["cached"]);
    bench.write({ "d/a": "2" });
    expect((await bench.build(dockerfile)).output).toBe("2");
  });

  it("names a source that is not there", async () => {
    using bench = await open();
    expect(await bench.fail("FROM shell\nRUN --mount=type=bind,source=gone,target=/m true")).toMatchObject({
      code: "copy-source",
      message: expect.stringMatching(/^Dockerfile:2: RUN --mount=type=bind source "gone" is not in/),
    });
  });
});

describe("what a RUN finds", () => {
  it("P25: trusts the CA bundle of the machine, of which no byte reaches the image", async () => {
    using bench = await open();
    const ca = join(bench.dir, "ca.crt");
    writeFileSync(ca, "CERTIFICATE-OF-THE-HOST");
    bench.reopen({ caBundle: ca, proxies: { HTTP_PROXY: "http://proxy.example" } });
    const built = await bench.build(`FROM shell
ENV CURL_CA_BUNDLE=/mine
RUN cat $SSL_CERT_FILE && echo && echo $NODE_EXTRA_CA_CERTS $npm_config_cafile $CURL_CA_BUNDLE $HTTP_PROXY`);
    expect(built.output).toBe(
      "CERTIFICATE-OF-THE-HOST\n/dev/.seaworthy/ca-certificates.crt /dev/.seaworthy/ca-certificates.crt /mine http://proxy.example\n",
    );
    const { config, layers } = await built.image();
    expect(JSON.stringify([config, layers.slice(1)])).not.toMatch(
      /CERTIFICATE-OF|seaworthy\/ca-|proxy.example/,
    );
  });

  it("has no network when it asks for none", async () => {
    using bench = await open();
    const built = await bench.build("FROM shell\nRUN --network=none readlink /proc/self/ns/net");
    expect(built.output.trim()).not.toBe(
      (await bench.build("FROM shell\nRUN readlink /proc/self/ns/net")).output.trim(),
    );
  });

  it("has a umask of 022 whatever the machine's is", async () => {
    using bench = await open();
    const before = umask(0o077);
    try {
      const built = await bench.build("FROM shell\nRUN umask && touch /f && mkdir /d");
      expect(built.output).toBe("0022\n");
      expect((await built.image()).tree).toMatchObject({ f: { mode: "644" }, d: { mode: "755" } });
    } finally {
      umask(before);
    }
  });

  it("knows users through a link from /etc/passwd", async () => {
    using bench = await open();
    const built = await bench.build(`FROM shell
RUN mkdir -p /usr/share/accounts && mv /etc/passwd /usr/share/accounts/passwd && ln -s /usr/share/accounts/passwd /etc/passwd
USER user
RUN id -u && echo $HOME`);
    expect(built.output).toBe("1000\n/tmp\n");
  });

  it("is given a script with a line of its own as a program", async () => {
    using bench = await open();
    const built = await bench.build("FROM shell\nRUN <<EOF\n#!/bin/cat\nmyself\nEOF\n");
    expect(built.output).toBe("#!/bin/cat\nmyself\n");
    expect((await built.image()).layers).toHaveLength(1);
  });

  it("comes out as whole characters", async () => {
    using bench = await open();
    const text = "ü☃".repeat(50_000);
    bench.write({ text });
    const built = await bench.build("FROM shell\nRUN --mount=type=bind,target=/m cat /m/text");
    expect(built.output).toBe(text);
  });
});

describe("layers of a RUN", () => {
  it("hold deletions, replaced directories and links, and nothing of the base", async () => {
    using bench = await open();
    const built = await bench.build(`FROM shell
RUN mkdir -p /a/b && touch /a/x /a/y /a/b/z
RUN rm /a/x && rm -r /a/b && mkdir /a/b && touch /a/b/new && ln /a/b/new /a/hard && ln -s hard /a/soft`);
    const { layers } = await built.image();
    expect(layers).toHaveLength(3);
    const listed = layers[2]!.map(({ path, type, linkname }) =>
      [path, type, linkname].filter(Boolean).join(" "),
    );
    expect(listed).toEqual([
      "a directory",
      "a/b directory",
      "a/b/.wh..wh..opq file",
      "a/b/new file",
      "a/hard hardlink a/b/new",
      "a/soft symlink hard",
      "a/.wh.x file",
    ]);
  });

  it("are not made where nothing changed", async () => {
    using bench = await open();
    const built = await bench.build(
      "FROM shell\nRUN true\nRUN --mount=type=tmpfs,target=/new/place touch /new/place/x",
    );
    const { layers, config } = await built.image();
    expect(layers).toHaveLength(1);
    expect(config.history).toHaveLength(3);
    expect(config.history?.filter((entry) => entry.empty_layer === true)).toHaveLength(2);
  });

  it("keep older times and give the epoch to newer ones", async () => {
    using bench = await open();
    const { layers } = await (await bench.build("FROM shell\nRUN touch /new && touch -d @1000 /old")).image();
    expect(layers[1]!.map(({ path, mtime }) => [path, mtime])).toEqual([
      ["new", 1_000_000_000],
      ["old", 1000],
    ]);
  });

  it("stay the same when only the base's config differs", async () => {
    using bench = await open();
    const dockerfile = "FROM shell\nRUN echo x > /x";
    const one = await (await bench.build(dockerfile)).image();
    const other = baseOf("shell", () => itemsOfDirectory(shell.dir), { ...SHELL_CONFIG, User: "0" });
    const two = await (await bench.build(dockerfile, { bases: { shell: other } })).image();
    expect(two.manifest.layers).toEqual(one.manifest.layers);
  });
});

it("never leaves the cache directory of a mount half filled", async () => {
  using bench = await open();
  await bench.build("FROM shell\nRUN --mount=type=cache,target=/c true");
  const mounts = join(bench.cacheDir, "mounts");
  const [pool = ""] = readdirSync(mounts);
  expect(readdirSync(join(mounts, pool))).toEqual(["0"]);
  expect(existsSync(join(mounts, pool, "0"))).toBe(true);
});
