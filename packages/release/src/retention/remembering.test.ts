import type { Digest } from "@seaworthy/oci";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { anyRepository } from "../../test/any-repository.ts";
import { planRetention } from "./plan.ts";
import { remembering } from "./remembering.ts";
import { survey } from "./survey.ts";

const { signal } = new AbortController();

it("reads each manifest once, however often a plan is made, and gives the plan that is due", () =>
  fc.assert(
    fc.asyncProperty(anyRepository, async ({ open, wishes }) => {
      const [shelf, plain] = [open(), open()];
      const read: Digest[] = [];
      const inner = shelf.read.bind(shelf);
      shelf.read = async (digest) => {
        const found = await inner(digest);
        if (found !== undefined) read.push(digest);
        return found;
      };
      const once = remembering(shelf);
      await survey(once, { signal });
      const again = planRetention(await survey(once, { signal }), wishes);
      expect(read.length).toBe(new Set(read).size);
      expect(again.waves).toEqual(planRetention(await survey(plain, { signal }), wishes).waves);
    }),
    { numRuns: 100 },
  ));
