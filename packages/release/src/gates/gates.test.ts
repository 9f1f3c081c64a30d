import { type Repository, type StoredImage, memoryStore, readImage } from "@seaworthy/oci";
import { beforeEach, describe, expect, it } from "vitest";
import { putImage, putIndex } from "../../test/stored-image.ts";
import type { TagPlan } from "../tags/plan.ts";
import type { Gate, GateResult, GateSubject, PreviousRelease } from "./gate.ts";
import { askGates, refuseBy } from "./pass-gates.ts";
import { type PolicyFacts, policyGate } from "./policy.ts";
import { findPrevious } from "./previous.ts";
import { type SizeBudget, sizeBudget } from "./size-budget.ts";

const { signal } = new AbortController();

let repository: Repository;
let image: StoredImage;
beforeEach(async () => {
  repository = memoryStore();
  image = await readImage(repository, await putImage(repository));
});

function subjectOf(
  size: number,
  previous?: { readonly size: number; readonly platform?: string },
): GateSubject {
  const before: PreviousRelease | undefined = previous && {
    version: "1.2.2",
    digest: "sha256:0",
    images: [{ ...image, size: previous.size, platform: previous.platform ?? "linux/amd64" }],
  };
  return {
    name: "acme/app",
    version: "1.2.3",
    digest: "sha256:1",
    source: { dirty: false },
    images: [{ ...image, size }],
    evidence: [],
    ...(before === undefined ? {} : { previous: before }),
  };
}

describe("a size budget", () => {
  const ask = async (budget: SizeBudget, subject: GateSubject): Promise<GateResult> =>
    (await sizeBudget(budget).check(subject, signal))[0]!;

  it.each<[SizeBudget, number, number | undefined, string, string]>([
    [{ max: 1_000_000 }, 1_000_000, undefined, "passed", "1.0 MB"],
    [{ max: 1_000_000 }, 1_000_001, undefined, "refused", "1.0 MB"],
    [{ growth: { share: 0.1 } }, 110, 100, "passed", "+10 B (10 %) since 1.2.2"],
    [{ growth: { share: 0.1 } }, 111, 100, "refused", "+11 B (11 %) since 1.2.2"],
    [{ growth: { bytes: 5_000 } }, 15_000, 10_000, "passed", "+5.0 kB (50 %) since 1.2.2"],
    [{ growth: { bytes: 5_000 } }, 15_001, 10_000, "refused", "+5.0 kB (50 %) since 1.2.2"],
    [{ growth: { share: 0 } }, 90, 100, "passed", "-10 B (-10 %) since 1.2.2"],
    [{ growth: { share: 0 } }, 90, undefined, "skipped", "no earlier release of this platform"],
  ])("%o: %d bytes after %s are %s", async (budget, size, before, status, found) => {
    const subject = subjectOf(size, before === undefined ? undefined : { size: before });
    expect(await ask(budget, subject)).toMatchObject({ status, found });
  });

  it("compares a platform with itself alone", async () => {
    const subject = subjectOf(100, { size: 10, platform: "linux/arm64" });
    expect(await ask({ growth: { share: 0.1 } }, subject)).toMatchObject({ status: "skipped" });
  });

  it("says what it allows", () => {
    expect(sizeBudget({ max: 60e6, growth: { share: 0.1 } }).allowed).toBe(
      "60.0 MB a platform, growth of 10 %",
    );
  });
});

describe("a policy", () => {
  const ask = async (check: (facts: PolicyFacts) => unknown): Promise<GateResult> =>
    (await policyGate({ name: "mine", check: check as never }).check(subjectOf(1), signal))[0]!;

  it.each<[string, (facts: PolicyFacts) => unknown, string]>([
    ["nothing", () => undefined, "passed"],
    ["an empty list", () => [], "passed"],
    ["a promise of nothing", () => Promise.resolve(), "passed"],
    ["a text", () => "too old", "refused"],
    ["a list of texts", () => ["too old", "too new"], "refused"],
    ["true", () => true, "refused"],
    ["false", () => false, "refused"],
    ["an empty text", () => "", "refused"],
    ["a list of something else", () => [{}], "refused"],
  ])("that gives %s is %s", async (_, check, status) => {
    expect((await ask(check)).status).toBe(status);
  });

  it("that throws refuses and says what was thrown", async () => {
    const thrown = (): never => {
      throw new Error("no such label");
    };
    expect(await ask(thrown)).toMatchObject({ status: "refused", found: "threw no such label" });
  });

  it("sees platforms, config and evidence as data", async () => {
    let seen: PolicyFacts | undefined;
    await ask((facts) => void (seen = facts));
    expect(seen).toMatchObject({
      name: "acme/app",
      version: "1.2.3",
      platforms: [{ platform: "linux/amd64", config: { User: "65532:65532" } }],
      evidence: [],
    });
    expect(seen!.predicates("https://example.org/x")).toEqual([]);
  });
});

describe("gates", () => {
  const gate = (name: string, check: Gate["check"]): Gate => ({ name, allowed: "good ones", check });

  it("all answer, and one that could not look refuses", async () => {
    const results = await askGates(
      [
        gate("a", () => Promise.reject(new Error("no network"))),
        gate("b", () => Promise.resolve([{ name: "b", allowed: "all", status: "passed", found: "it" }])),
      ],
      subjectOf(1),
      signal,
    );
    expect(results).toEqual([
      { name: "a", allowed: "good ones", status: "refused", found: "could not look: no network" },
      { name: "b", allowed: "all", status: "passed", found: "it" },
    ]);
  });

  it("refuse with all that was found, what was allowed and what to do", () => {
    const refused = { allowed: "1 MB", status: "refused", found: "2 MB", hint: "make it smaller" } as const;
    expect(() =>
      refuseBy([
        { name: "size a", ...refused },
        { name: "size b", ...refused },
      ]),
    ).toThrow(
      [
        "gates: the image must not be published",
        "  size a: found 2 MB; allowed: 1 MB",
        "    → make it smaller",
        "  size b: found 2 MB; allowed: 1 MB",
        "    → make it smaller",
      ].join("\n"),
    );
  });

  it("let skipped ones pass", () => {
    expect(() => refuseBy([{ name: "x", allowed: "y", status: "skipped", found: "z" }])).not.toThrow();
  });
});

describe("the release before", () => {
  const plan: Pick<TagPlan, "moves"> = {
    moves: [
      { tag: "1.2.3", kind: "release" },
      { tag: "1.2", kind: "version" },
      { tag: "1", kind: "version" },
    ],
  };
  const find = (digest: string, problems: string[] = []) =>
    findPrevious(repository, plan, {
      digest,
      onProblem: ({ message }) => void problems.push(message),
      signal,
    });

  it("is what the narrowest moving tag points to", async () => {
    const [old, older] = [await putIndex(repository, [image.manifest]), await putIndex(repository, [])];
    await repository.tag(older, "1");
    expect(await find("sha256:new")).toMatchObject({ version: "1", digest: older.digest, images: [] });
    await repository.tag(old, "1.2");
    expect(await find("sha256:new")).toMatchObject({ version: "1.2", images: [{ size: image.size }] });
  });

  it("is none where there is no tag, or where it is this one", async () => {
    expect(await find("sha256:new")).toBeUndefined();
    const index = await putIndex(repository, [image.manifest]);
    await repository.tag(index, "1.2");
    expect(await find(index.digest)).toBeUndefined();
  });

  it("does not stop a new one by being damaged", async () => {
    const index = await putIndex(repository, [image.manifest]);
    await repository.tag(index, "1.2");
    await repository.delete(image.manifest);
    const problems: string[] = [];
    expect(await find("sha256:new", problems)).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(image.manifest.digest)]);
  });

  it("leaves children out that are no platform", async () => {
    const attestation = { ...image.manifest, platform: { os: "unknown", architecture: "unknown" } };
    const index = await putIndex(repository, [image.manifest, attestation]);
    await repository.tag(index, "1.2");
    expect((await find("sha256:new"))?.images).toHaveLength(1);
  });
});
