import { describe, expect, expectTypeOf, it } from "vitest";
import type * as declared from "../index.js";
import * as sources from "./index.ts";

/** Of each member of a union. */
type Keys<T> = T extends { readonly kind: infer Kind } ? readonly [Kind, keyof T] : never;

/** The declarations that users get are written by hand, so that they need no other package. tsc reads this. */
describe("the declarations", () => {
  it("say what the sources say", () => {
    expectTypeOf<declared.Facts>().toEqualTypeOf<sources.Facts>();
    expectTypeOf<declared.Config>().toExtend<sources.Config>();
    expectTypeOf<keyof declared.Config>().toEqualTypeOf<keyof sources.Config>();
    type Verify = NonNullable<sources.Config["verify"]>;
    expectTypeOf<keyof declared.Service>().toEqualTypeOf<keyof NonNullable<Verify["services"]>[number]>();
    expectTypeOf<keyof declared.Reject>().toEqualTypeOf<keyof NonNullable<Verify["rejects"]>[number]>();
    type Told = NonNullable<sources.Config["notify"]>[number];
    type DeclaredTold = NonNullable<declared.Config["notify"]>[number];
    expectTypeOf<Keys<DeclaredTold>>().toEqualTypeOf<Keys<Told>>();
    type Sign = NonNullable<sources.Config["sign"]>;
    expectTypeOf<keyof NonNullable<declared.Config["sign"]>>().toEqualTypeOf<keyof Sign>();
    type Kept = NonNullable<sources.Config["retention"]>;
    expectTypeOf<keyof declared.Retention>().toEqualTypeOf<keyof Kept>();
    expectTypeOf<keyof declared.RetentionRule>().toEqualTypeOf<keyof NonNullable<Kept["rules"]>[number]>();
    expectTypeOf<declared.PolicyFile>().toExtend<sources.PolicyFile>();
    expectTypeOf<keyof declared.PolicyFile>().toEqualTypeOf<keyof sources.PolicyFile>();
    type Rule = NonNullable<sources.PolicyFile["evidence"]>[number];
    expectTypeOf<Keys<declared.EvidenceRule>>().toEqualTypeOf<Keys<Rule>>();
    expectTypeOf<typeof declared.debian>().toEqualTypeOf<typeof sources.debian>();
    expectTypeOf<typeof declared.npmFiles>().toEqualTypeOf<typeof sources.npmFiles>();
    expectTypeOf<declared.ConfigExport>().toExtend<sources.ConfigExport>();
  });

  it("name what is there to import", async () => {
    const installed = (await import("../index.js")) as object;
    expect(Object.keys(installed).toSorted()).toEqual(Object.keys(sources).toSorted());
  });
});
