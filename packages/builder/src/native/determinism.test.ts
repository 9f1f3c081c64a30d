import { chmodSync, lutimesSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { umask } from "node:process";
import { afterAll, describe, expect, it } from "vitest";
import { type Workbench, openShell, openWorkbench } from "../../test/workbench.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());

const DOCKERFILE = `FROM shell AS build
WORKDIR /src
COPY . .
RUN mkdir -p /out/deep && cp -r . /out/deep && touch /out/now && ln -s now /out/link
RUN --mount=type=cache,target=/root/.cache touch /root/.cache/x && umask > /out/umask
FROM shell
WORKDIR /app/below
COPY --from=build /out /app
COPY sub /copied
COPY <<EOF /text
text
EOF
RUN rm -r /app/deep && mkdir /app/deep
LABEL z=1 a=2
EXPOSE 9 8`;

async function digestOf(bench: Workbench): Promise<string> {
  return (await bench.build(DOCKERFILE)).index.digest;
}

function fill(bench: Workbench): void {
  mkdirSync(join(bench.context, "sub"));
  bench.write({ "sub/b": "b", a: "a", "sub/deep/c": "c", "sub/link": { link: "b" } });
  bench.write({ "tool.sh": "#!/bin/sh\n" });
  chmodSync(join(bench.context, "tool.sh"), 0o777 & ~umask());
}

/** What `work` makes and runs under another umask, as in the terminal of a cautious user. */
async function under<T>(mask: number, work: () => Promise<T>): Promise<T> {
  const before = umask(mask);
  try {
    return await work();
  } finally {
    umask(before);
  }
}

describe("the digest of an image", () => {
  it("is the same from clean caches in other folders, at other times and under other umasks", async () => {
    const digests: string[] = [];
    for (const [mask, time] of [
      [0o022, 0],
      [0o002, 1_700_000_000],
      [0o027, 1],
      [0o077, 2_000_000_000],
    ] as const) {
      using bench = await openWorkbench({ shell: shell.base });
      const digest = await under(mask, async () => {
        chmodSync(bench.context, 0o777 & ~mask);
        fill(bench);
        for (const name of readdirSync(bench.context, { recursive: true, encoding: "utf8" })) {
          if (time > 0) lutimesSync(join(bench.context, name), time, time);
        }
        return digestOf(bench);
      });
      digests.push(digest);
    }
    expect(new Set(digests).size).toBe(1);
  });

  it("keeps a mode that no umask explains", async () => {
    using bench = await openWorkbench();
    bench.write({ plain: "", key: { text: "", mode: 0o600 }, "t/": { text: "", mode: 0o1777 } });
    bench.write({ all: { text: "", mode: 0o666 }, set: { text: "", mode: 0o4755 } });
    const { tree } = await (await bench.build("FROM scratch\nCOPY . /")).image();
    const modes = Object.fromEntries(Object.entries(tree).map(([path, { mode }]) => [path, mode]));
    expect(modes).toEqual({ all: "666", key: "600", plain: "644", set: "4755", t: "1777" });
  });

  it("depends on nothing but the request: a second engine with a cache of its own agrees", async () => {
    using one = await openWorkbench({ shell: shell.base });
    using two = await openWorkbench({ shell: shell.base }, { parallel: 1, proxies: { no_proxy: "x" } });
    for (const bench of [one, two]) fill(bench);
    expect(await digestOf(one)).toBe(await digestOf(two));
  });
});
