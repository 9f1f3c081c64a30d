import { ReleaseError } from "@seaworthy/release";
import { expect, it } from "vitest";
import { RELEASED } from "../../test/run-report.ts";
import { observed } from "./observed.ts";
import type { RunReport } from "./report.ts";

async function watch(work: () => Promise<string>) {
  const reports: RunReport[] = [];
  const passed: string[] = [];
  let now = 1_000;
  const outcome = observed<string>(
    {
      listeners: [(run) => Promise.resolve(void reports.push(run))],
      root: "/repo",
      progress: (event) => void passed.push(event.type),
      clock: () => (now += 5),
      released: (version) => ({ ...RELEASED, version }),
      details: () => ({ tests: [{ name: "unit", status: "passed", ms: 1 }] }),
    },
    async (progress) => {
      progress({ type: "start", id: "build", name: "build" });
      progress({ type: "end", id: "build", status: "done", ms: 4 });
      return work();
    },
  );
  return { settled: (await Promise.allSettled([outcome]))[0], reports, passed };
}

it("gives the result and reports it once, with what steps said", async () => {
  const { settled, reports, passed } = await watch(() => Promise.resolve("1.0.0"));
  expect(settled).toEqual({ status: "fulfilled", value: "1.0.0" });
  expect(passed).toEqual(["start", "end"]);
  expect(reports).toMatchObject([
    {
      root: "/repo",
      outcome: { is: "released", release: { version: "1.0.0" } },
      seen: { stages: [{ name: "build", ms: 4 }] },
      tests: [{ name: "unit" }],
    },
  ]);
});

it("reports an error and throws it on", async () => {
  const error = new ReleaseError("refused", "no");
  const { settled, reports } = await watch(() => Promise.reject(error));
  expect(settled).toEqual({ status: "rejected", reason: error });
  expect(reports).toMatchObject([{ outcome: { is: "failed", error }, tests: [{ name: "unit" }] }]);
});
