import { expect, it } from "vitest";
import { keepNamed } from "./check-package.ts";

it("keeps hundreds of thousands of packages of one kind, and then no more, from however many files", () => {
  const keep = keepNamed();
  const problems: string[] = [];
  const found = { type: "apk", name: "a", version: "1", licenses: [], hashes: [] } as const;
  function* endless() {
    for (;;) yield found;
  }
  const some = Array.from({ length: 150_000 }, () => found);
  const first = keep(some, () => undefined);
  const second = keep(endless(), (problem) => void problems.push(problem));
  expect([first.length, second.length]).toEqual([150_000, 50_000]);
  expect(problems).toEqual(["names more packages than are counted, 200000; the rest is not"]);
});
