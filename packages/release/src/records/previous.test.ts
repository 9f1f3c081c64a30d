import { expect, it } from "vitest";
import { releaseRecord } from "../../test/release-record.ts";
import { previousReleases } from "./previous.ts";

const on = (version: string, branch?: string) =>
  releaseRecord(version, "2026-11-01T10:00:00Z", {
    source: { dirty: false, ...(branch === undefined ? {} : { branch }) },
  });

it("a release follows the one before on its branch, whatever came between", () => {
  const records = [
    on("m3", "main"),
    on("d2"),
    on("n1", "next"),
    on("m2", "main"),
    on("d1"),
    on("m1", "main"),
  ];
  const pairs = [...previousReleases(records)].map(([{ version }, before]) => `${before.version} ${version}`);
  expect(pairs.toSorted()).toEqual(["d1 d2", "m1 m2", "m2 m3"]);
});
