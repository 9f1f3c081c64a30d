import { describe, expect, it } from "vitest";
import { type MoveQuestion, type Relation, decideMove } from "./decide.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)];
const current = { digest: "sha256:old", revision: A };
const next = { digest: "sha256:new", revision: B };
const ask = (question: Partial<MoveQuestion>) => decideMove({ kind: "branch", current, next, ...question });
const is = (relation: "same" | "ahead" | "behind" | "unrelated"): Relation => ({ is: relation });

describe("decideMove", () => {
  it.each(["release", "version", "branch", "commit", "pull-request", "scratch"] as const)(
    "makes a new %s tag, and leaves one that is right",
    (kind) => {
      expect(ask({ kind, current: undefined }).does).toBe("move");
      expect(ask({ kind, current: { ...current, digest: next.digest } }).does).toBe("same");
    },
  );

  it.each([
    ["ahead", "move"],
    ["same", "move"],
    ["behind", "behind"],
    ["unrelated", "refused"],
  ] as const)("branch: a commit that is %s: %s", (relation, does) => {
    expect(ask({ ancestry: is(relation) }).does).toBe(does);
  });

  it("branch: what is unknown is refused with the reason, and moved where told so; what is behind never", () => {
    const ancestry: Relation = { is: "unknown", reason: "the clone is shallow", hint: "fetch more" };
    expect(ask({ ancestry })).toEqual({
      does: "refused",
      reason: "the clone is shallow",
      hint: "fetch more",
    });
    expect(ask({ ancestry, force: true }).does).toBe("move");
    expect(ask({ ancestry: is("unrelated"), force: true }).does).toBe("move");
    expect(ask({ ancestry: is("behind"), force: true }).does).toBe("behind");
    expect(ask({}).does).toBe("refused");
  });

  it("release: never changes its digest, whatever is told", () => {
    expect(ask({ kind: "release", force: true, ancestry: is("ahead") })).toMatchObject({
      does: "refused",
      hint: "a release keeps its digest: make a new version",
    });
    expect(ask({ kind: "release", next: { revision: B } }).does).toBe("same");
  });

  it.each([
    ["1.2.3", "1.2.4", "move"],
    ["1.10.0", "1.9.9", "behind"],
    ["2.0.0", "2.0.0-rc.1", "behind"],
    ["1.2rc1", "1.2", "move"],
    ["1.2.post1", "1.2", "behind"],
    ["1.2.3", "1.2.3", "refused"],
  ])("version: %s, then %s: %s", (older, newer, does) => {
    const question = { current: { ...current, version: older }, next: { ...next, version: newer } };
    expect(ask({ kind: "version", ...question, ancestry: is("ahead") }).does).toBe(does);
  });

  it("version: another build of the same commit may take the place of the first", () => {
    const [one, two] = [
      { ...current, version: "1.2.3" },
      { digest: "sha256:new", revision: A, version: "1.2.3" },
    ];
    expect(ask({ kind: "version", current: one, next: two }).does).toBe("move");
  });

  it("version: falls back to commits where what is there does not say its version", () => {
    const question = { kind: "version", next: { ...next, version: "1.0.0" } } as const;
    expect(ask({ ...question, ancestry: is("ahead") }).does).toBe("move");
    expect(ask({ ...question, ancestry: is("behind") }).does).toBe("behind");
    expect(ask(question).does).toBe("refused");
  });

  it("commit: holds its commit and no other with the same start", () => {
    expect(ask({ kind: "commit", next: { ...next, revision: A } }).does).toBe("move");
    expect(ask({ kind: "commit", force: true }).does).toBe("refused");
  });

  it("pull request: may be rewritten, but a slow old build does not win", () => {
    expect(ask({ kind: "pull-request", ancestry: is("unrelated") }).does).toBe("move");
    expect(ask({ kind: "pull-request", ancestry: is("behind") }).does).toBe("behind");
  });
});
