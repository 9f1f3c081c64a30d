import { z } from "zod";

import { finding, language, line, manuscript, paragraph, tone } from "../material.ts";
import { prose, type Role } from "../role.ts";

export const rewriter: Role = {
  name: "rewriter",
  title: "Rewriter",
  purpose:
    "Rewrites a text to settle the critic's and the fact checker's findings, and leaves the rest alone.",
  instructions: [
    "Settle every finding marked 'must', then 'should'; 'could' only where it costs nothing else.",
    "Find the cause, not the quote: a dull line is often the fault of the line before it.",
    "Leave what works untouched, to the word. What is listed under keep does not change.",
    "Keep voice, viewpoint, tense and the order of events, unless a finding is about them.",
    "Do not lengthen. If something must be added, something nearby goes.",
    "Deliver the whole text, from its first word to its last, with no marks of what changed.",
  ],
  input: z.strictObject({
    text: manuscript,
    // The fact checker's findings name a fact as well; it is welcome here, so that its output can be passed as it is.
    findings: z
      .array(finding.extend({ factId: z.string().max(64).optional() }))
      .min(1)
      .max(60),
    keep: z.array(line).max(40).default([]).describe("what must survive as it is"),
    notes: paragraph.optional(),
    tone,
    language,
  }),
  answer: { form: "prose", schema: prose },
};
