import { z } from "zod";

import { character, fact, finding, language, line, manuscript } from "../material.ts";
import type { Role } from "../role.ts";

const contradiction = finding.extend({
  factId: z
    .string()
    .max(64)
    .describe("id of the fact it contradicts, or empty if the text contradicts itself"),
});

export const factchecker: Role = {
  name: "factchecker",
  title: "Fact checker",
  purpose:
    "Holds a text against what is settled, and against itself, and reports every contradiction with its place.",
  instructions: [
    "Check names, ages, dates, distances, injuries, who knows what, who is where, and what the world allows.",
    "Report only what can be shown: a quote from the text against a given fact or another quote.",
    "A character may lie or be mistaken. That is no contradiction, unless the narrator says the same.",
    "A fact the text does not mention is not missing.",
    "List facts that the text newly settles, so that they can be kept.",
    "When in doubt whether it is intended, report it as 'could' and say what would make it right.",
    "Judge neither style nor taste; somebody else does.",
  ],
  input: z.strictObject({
    text: manuscript,
    facts: z.array(fact).max(1_000).describe("what is settled"),
    characters: z.array(character).max(60).default([]),
    language,
  }),
  answer: {
    form: "structured",
    schema: z.object({
      consistent: z.boolean().describe("true if there is no contradiction of severity must or should"),
      contradictions: z.array(contradiction).max(50),
      newFacts: z.array(line).max(50).describe("what this text settles for the first time"),
    }),
  },
};
