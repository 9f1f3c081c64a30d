import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IMAGES, type Rig, openRig } from "../../test/kubernetes/rig.ts";
import type { ApplyOptions, Target } from "../target.ts";

let rig: Rig;
let server: Server;
let url: string;
let asked = 0;
beforeEach(async () => {
  rig = await openRig();
  asked = 0;
  // What an ingress would answer: whatever the Service leads to.
  server = createServer((_, response) => {
    asked += 1;
    response.end(`this is ${rig.serving()}`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  server.close();
  await rig[Symbol.asyncDispose]();
});

const options = (as: ApplyOptions["as"] = "deploy"): ApplyOptions => ({
  who: "ada",
  as,
  progress: () => undefined,
  signal: new AbortController().signal,
});

function expecting(body: string, within = 15_000): Target {
  return rig.open({ checks: [{ url, status: 200, body }], within });
}

describe("what must be answered", () => {
  it("is asked once all of it is ready, again and again while it must stay so", async () => {
    await rig.open().apply(IMAGES.one, options());
    await rig
      .open({ hold: 100, checks: [{ url, status: 200, body: "this is two" }] })
      .apply(IMAGES.two, options());
    expect(asked).toBeGreaterThan(1);
    expect(rig.serving()).toBe("two");
  });

  it("fails a deployment whose pods are all well, which goes back to what was answered before", async () => {
    await expecting("this is one").apply(IMAGES.one, options());
    const target = expecting("this is three", 1_000);
    await expect(target.apply(IMAGES.two, options())).rejects.toMatchObject({
      code: "unhealthy",
      reports: [
        {
          service: "http",
          problem: `${url}: expected a body with "this is three", found "this is two"`,
          output: [],
        },
      ],
    });
    await target.revert(options());
    expect(rig.serving()).toBe("one");
    const { signal } = new AbortController();
    expect((await target.status(signal)).good.map(({ image }) => image.version)).toEqual(["one"]);
  });

  it("is of the version: a rollback expects what was expected then", async () => {
    await expecting("this is one").apply(IMAGES.one, options());
    await expecting("this is two").apply(IMAGES.two, options());
    await expecting("this is two", 1_000).apply(IMAGES.one, options("rollback"));
    expect(rig.serving()).toBe("one");
  });
});
