import { afterAll, describe, expect, it } from "vitest";
import { TestClock } from "../../../../oci/src/remote/testing-server.ts";
import { type Workbench, openShell, openWorkbench } from "../../../test/workbench.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());

const LOST = "curl: (56) Recv failure: Connection reset by peer";

/** A step that fails so often with these last words, and counts its runs in a cache mount. */
function flaky(times: number, words: string, flags = ""): string {
  return `FROM shell
RUN --mount=type=cache,id=count,target=/count ${flags} echo run >> /count/runs; \\
  touch /made-$(grep -c run /count/runs); \\
  [ $(grep -c run /count/runs) -gt ${times} ] || { echo '${words}' >&2; exit 56; }`;
}

const COUNT = "FROM shell\nRUN --mount=type=cache,id=count,target=/count cat /count/runs";
const runsOf = async (bench: Workbench): Promise<number> =>
  (await bench.build(COUNT)).output.trim().split("\n").length;

const open = (clock = new TestClock()): Promise<Workbench> => openWorkbench({ shell: shell.base }, { clock });

describe("a RUN that the network fails", () => {
  it("is run again, from what was there before it", async () => {
    const clock = new TestClock();
    using bench = await open(clock);
    const built = await bench.build(flaky(2, LOST));
    expect(built.statuses("RUN")).toEqual(["done"]);
    expect(built.warnings).toEqual([
      `Dockerfile:2: curl says "${LOST}"; the step runs again in 2.0 s, retry 1 of 2`,
      `Dockerfile:2: curl says "${LOST}"; the step runs again in 4.0 s, retry 2 of 2`,
    ]);
    expect(clock.slept).toEqual([2000, 4000]);
    const { tree } = await built.image();
    expect(Object.keys(tree).filter((path) => path.startsWith("made-"))).toEqual(["made-3"]);
    expect(bench.leftovers()).toEqual([]);
  });

  it("is given up after as many runs as it is told, and says so", async () => {
    using bench = await open();
    const { code, message, hint } = await bench.fail(flaky(9, LOST), { retries: 1 });
    expect(code).toBe("run-failed");
    expect(message).toMatch(/^Dockerfile:2: RUN exited 56, tried 2 times\n/);
    expect(message).toContain(`  ${LOST}`);
    expect(hint).toMatch(/^curl could not reach what it needs: try again later/);
    expect(await runsOf(bench)).toBe(2);
  });

  it("is not run again where that is switched off", async () => {
    using bench = await open();
    const { message } = await bench.fail(flaky(9, LOST), { retries: 0 });
    expect(message).toMatch(/^Dockerfile:2: RUN exited 56\n/);
    expect(await runsOf(bench)).toBe(1);
  });

  it("is not run again without a network", async () => {
    using bench = await open();
    await bench.fail(flaky(9, LOST, "--network=none"));
    expect(await runsOf(bench)).toBe(1);
  });

  it("shows no secret in what it says", async () => {
    using bench = await open();
    const words = "curl: (7) Failed to connect to correct-horse.example";
    const built = await bench.build(flaky(1, words, "--mount=type=secret,id=s"), {
      secrets: { s: { value: "correct-horse" } },
    });
    expect(built.warnings[0]).toContain("connect to ***.example");
    expect(
      JSON.stringify([built.events.filter(({ type }) => type === "warning"), built.warnings]),
    ).not.toContain("correct-horse");
  });

  it("can be stopped while it waits", async () => {
    const stop = new AbortController();
    const clock = new TestClock();
    clock.sleep = async () => stop.abort();
    using bench = await open(clock);
    expect(await bench.fail(flaky(9, LOST), {}, stop.signal)).toMatchObject({ code: "aborted" });
    expect(bench.leftovers()).toEqual([]);
  });
});

describe("a RUN that fails for another reason", () => {
  it.each(["npm error code E404", "curl: (60) SSL certificate problem", "test failed"])(
    "is never run again: %s",
    async (words) => {
      using bench = await open();
      const { message, hint } = await bench.fail(flaky(9, words));
      expect(message).toMatch(/^Dockerfile:2: RUN exited 56\n/);
      expect(hint).toContain("mend the command");
      expect(await runsOf(bench)).toBe(1);
    },
  );

  it("ends it also after the network has failed it", async () => {
    using bench = await open();
    const { message, hint } = await bench.fail(`FROM shell
RUN --mount=type=cache,target=/count [ -e /count/x ] && exit 9; touch /count/x; echo '${LOST}'; exit 56`);
    expect(message).toMatch(/^Dockerfile:2: RUN exited 9, tried 2 times\n/);
    expect(hint).toContain("mend the command");
  });
});
