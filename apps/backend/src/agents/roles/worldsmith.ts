import { z } from "zod";

import { language, line, paragraph, tone, world } from "../material.ts";
import type { Role } from "../role.ts";

export const worldsmith: Role = {
  name: "worldsmith",
  title: "World smith",
  purpose: "Forges the foundation of a novel, its premise, setting, laws and tensions, out of a first idea.",
  instructions: [
    "Find the one premise the idea implies and let everything else follow from it. A second wonder must be a consequence of the first.",
    "State laws as limits and costs. A power without a price ends every conflict before it starts.",
    "Give at least three tensions between groups who are each right from where they stand.",
    "Prefer the concrete: what people eat, fear, trade and swear by, rather than dates of dynasties.",
    "Keep what the author has fixed. Where the idea is silent, decide; never answer with alternatives.",
    "Leave open what the plot will need: describe the field, not the game.",
  ],
  input: z.strictObject({
    idea: paragraph.describe("the seed: a sentence or a few paragraphs"),
    genre: line.optional(),
    audience: line.optional(),
    fixed: z.array(line).max(40).default([]).describe("what is decided and must not change"),
    tone,
    language,
  }),
  answer: {
    form: "structured",
    schema: z.object({
      title: line.describe("a working title"),
      world,
      themes: z.array(line).min(1).max(8).describe("questions the book asks, not answers"),
      openQuestions: z.array(line).max(12).describe("what the author should decide next"),
    }),
  },
};
