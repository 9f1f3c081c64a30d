import { attachStatement } from "@seaworthy/evidence";
import { type Repository, type StoredImage, memoryStore, readImage } from "@seaworthy/oci";
import { beforeEach, describe, expect, it } from "vitest";
import { putImage } from "../../test/stored-image.ts";
import type { Examination } from "./examination.ts";
import { examineOne } from "./examine.ts";

const TYPE = "https://example.org/contents/v1";
const { signal } = new AbortController();

let local: Repository;
let image: StoredImage;
let asked: number;
beforeEach(async () => {
  local = memoryStore();
  image = await readImage(local, await putImage(local));
  asked = 0;
});

const examination = (more: Partial<Examination> = {}): Examination => ({
  name: "contents",
  about: "platforms",
  types: [TYPE],
  key: () => Promise.resolve("data of today"),
  examine: () => Promise.resolve([{ predicateType: TYPE, predicate: { asked: (asked += 1) } }]),
  ...more,
});

const examine = (what: Examination) =>
  examineOne(
    what,
    { target: image.manifest, image, store: local },
    { name: "acme/app", local, attach: attachStatement, onProblem: () => undefined, signal },
  );

describe("an examination", () => {
  it("is filed under its subject", async () => {
    const { filed, statements, cached } = await examine(examination());
    expect(cached).toBe(false);
    expect(filed.map(({ subject }) => subject.digest)).toEqual([image.manifest.digest]);
    expect(statements).toMatchObject([{ predicateType: TYPE, predicate: { asked: 1 } }]);
    expect(await local.referrers(image.manifest.digest)).toHaveLength(1);
  });

  it("is not asked again under the same key, and gives the same", async () => {
    const first = await examine(examination());
    const second = await examine(examination());
    expect(second).toEqual({
      ...first,
      cached: true,
      filed: [expect.objectContaining({ subject: image.manifest })],
    });
    expect(second.filed[0]!.manifest.digest).toBe(first.filed[0]!.manifest.digest);
    expect(asked).toBe(1);
  });

  it.each<[string, Partial<Examination>]>([
    ["other data", { key: () => Promise.resolve("data of tomorrow") }],
    ["another name", { name: "other" }],
    ["a kind that is not there yet", { types: [TYPE, "https://example.org/more/v1"] }],
  ])("is asked again for %s", async (_, more) => {
    await examine(examination());
    expect((await examine(examination(more))).cached).toBe(false);
    expect(asked).toBe(2);
  });

  it("that cannot tell leaves nothing", async () => {
    await expect(
      examine(examination({ examine: () => Promise.reject(new Error("no data")) })),
    ).rejects.toThrow("no data");
    expect(await local.referrers(image.manifest.digest)).toEqual([]);
  });
});
