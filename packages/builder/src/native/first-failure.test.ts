import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import type { TarItem } from "@seaworthy/oci";
import type { AssembledBase } from "../engine.ts";
import { BuilderError } from "../error.ts";
import { openWorkbench } from "../../test/workbench.ts";

/** For amd64 it cannot be had; for arm64 it comes without an end, until somebody stops it. */
const base: AssembledBase = {
  key: ({ architecture }) => architecture,
  config: () => ({}),
  async *items({ architecture }, signal): AsyncGenerator<TarItem> {
    if (architecture === "amd64") {
      await wait(50);
      throw new BuilderError("base-unavailable", "no mirror delivered it");
    }
    const endless = new Readable({ read: () => undefined, signal });
    yield* endless as AsyncIterable<TarItem>;
  },
};

it("a build says why it failed, whoever hears first that it was stopped", async () => {
  using bench = await openWorkbench({ shell: base });
  bench.write({ a: "a" });
  const platforms = ["arm64", "amd64"].map((architecture) => ({ os: "linux", architecture }));
  const { message } = await bench
    .fail("FROM shell\nCOPY --link a /", { platforms })
    .catch((error: Error) => error);
  expect(message).toContain("no mirror delivered it");
});
