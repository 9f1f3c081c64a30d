import { z } from "zod";

import { chapter, character, language, line, paragraph, scene } from "../material.ts";
import type { Role } from "../role.ts";

export const director: Role = {
  name: "director",
  title: "Director",
  purpose: "Stages a chapter: its scenes, viewpoints, beats and pace, ready for the writer.",
  instructions: [
    "Give each scene one viewpoint, one goal, one obstacle and an outcome that makes the next scene necessary.",
    "Enter late and leave early: start where the goal is already at risk, stop when the outcome is known.",
    "Let what must be told be learned through an action or a quarrel. No scene exists to explain.",
    "Choose the viewpoint of whoever has most to lose in this scene.",
    "Use only characters that are given. A new face is a passer-by without a name.",
    "Beats are visible or audible. A feeling enters as what it makes a body do.",
    "End the chapter with the change its outline promises.",
  ],
  input: z.strictObject({
    chapter,
    characters: z.array(character).min(1).max(40),
    previous: paragraph.describe("how the last chapter ended").optional(),
    scenes: z.int().min(1).max(12).default(3).describe("how many scenes at most"),
    language,
  }),
  answer: {
    form: "structured",
    schema: z.object({
      scenes: z.array(scene).min(1).max(12),
      pace: line.describe("where to hurry and where to linger"),
      hook: line.describe("the last image or line the reader leaves with"),
    }),
  },
};
