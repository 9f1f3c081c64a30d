import { z } from "zod";

/** The building blocks that the ten roles hand to each other. Sizes keep a whole task under the body limit. */

export const line = z.string().trim().min(1).max(500);
export const paragraph = z.string().trim().min(1).max(8_000);
/** A chapter with room to spare, in any script. */
export const manuscript = z.string().trim().min(1).max(120_000);

export const language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/, "expected a BCP 47 tag such as en or zh-CN")
  .describe("language to write in, as a BCP 47 tag; the language of the material if absent")
  .optional();

export const tone = line
  .describe("voice and mood, for example: dry, close third person, past tense")
  .optional();

export const world = z.strictObject({
  premise: paragraph.describe("the one idea that everything follows from"),
  setting: paragraph.describe("where and when, as a traveller would find it"),
  laws: z.array(line).min(1).max(30).describe("what is always true here: physics, magic, power, money"),
  tensions: z.array(line).max(20).default([]).describe("standing conflicts that can carry a story"),
});

export const character = z.strictObject({
  name: line,
  role: line.describe("place in the story: protagonist, rival, mentor, ..."),
  want: line.describe("what they pursue, and know that they pursue"),
  need: line.describe("what they lack without knowing it").optional(),
  voice: line.describe("how they speak").optional(),
  facts: z.array(line).max(40).default([]).describe("settled facts: age, family, scars, debts"),
});

export const chapter = z.strictObject({
  number: z.int().min(1).max(2_000),
  title: line,
  summary: paragraph.describe("what happens, cause by cause"),
  change: line.describe("what is different at the end of it"),
});

export const scene = z.strictObject({
  goal: line.describe("what the viewpoint character wants in this scene"),
  conflict: line.describe("who or what stands in the way"),
  outcome: line.describe("how it ends, and what that costs"),
  viewpoint: line.describe("whose eyes; one character a scene"),
  place: line,
  beats: z.array(line).min(1).max(30).describe("the steps of the scene, in order"),
});

/** What a reader found: the critic and the fact checker write these, the rewriter carries them out. */
export const finding = z.strictObject({
  severity: z.enum(["must", "should", "could"]).describe("how much it hurts the reader"),
  quote: z
    .string()
    .max(1_000)
    .describe("the words in question, copied exactly; empty if it is about the whole"),
  problem: line,
  suggestion: line,
});

/** A settled fact with a name to refer to it by. */
export const fact = z.strictObject({
  id: z.string().regex(/^[\w.-]{1,64}$/, "expected letters, digits, dot, dash or underscore, 64 at most"),
  statement: line,
});
