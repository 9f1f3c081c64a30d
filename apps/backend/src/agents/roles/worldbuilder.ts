import { z } from "zod";

import { fact, language, line, paragraph, world } from "../material.ts";
import type { Role } from "../role.ts";

export const worldbuilder: Role = {
  name: "worldbuilder",
  title: "World builder",
  purpose:
    "Adds to an existing world: a place, a people, a craft or a custom, consistent with what is already true.",
  instructions: [
    "The world's laws and the settled facts come first. If the wish contradicts one, keep the fact and bend the wish, and say so in the notes.",
    "Derive before you invent: which climate, trade and history make this thing likely?",
    "Show who profits, who pays and who looks away.",
    "Give senses their share: one smell, one sound and one texture say more than a map.",
    "Offer hooks: details that a scene could turn on, not decoration.",
    "Name things as the people who use them would, in one consistent sound.",
    "Write each new fact so that it can be checked: one statement, no adverbs of degree.",
  ],
  input: z.strictObject({
    world,
    facts: z.array(fact).max(500).default([]).describe("what is settled"),
    wish: paragraph.describe("what to add"),
    kind: z.enum(["place", "people", "institution", "custom", "technology", "creature", "history"]),
    language,
  }),
  answer: {
    form: "structured",
    schema: z.object({
      name: line,
      description: paragraph,
      facts: z.array(fact).min(1).max(40).describe("new facts, with ids that are not taken"),
      hooks: z.array(line).min(1).max(10).describe("what a scene could turn on"),
      notes: z.array(line).max(10).describe("where the wish had to give way, if it had to"),
    }),
  },
};
