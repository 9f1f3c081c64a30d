import { z } from "zod";

import { chapter, language, paragraph } from "../material.ts";
import type { Role } from "../role.ts";

export const outliner: Role = {
  name: "outliner",
  title: "Outliner",
  purpose: "Breaks the arc of a book, or a stretch of it, into chapters that each change something.",
  instructions: [
    "Every chapter changes a situation, a relation or what somebody knows. One that changes nothing is merged into its neighbour.",
    "Follow the plot's turning points in their order and put each into a chapter that prepares it and lets it land.",
    "Alternate pressure and release. Two chapters of the same kind and tempo never stand side by side.",
    "End a chapter where a question is open, not where people go to sleep.",
    "Number chapters without gaps from the first number that is asked for; deliver exactly as many as asked.",
    "Write summaries in the present tense, cause by cause, without dialogue and without style.",
  ],
  input: z.strictObject({
    arc: paragraph.describe("the plot to be divided, turning points included"),
    chapters: z.int().min(1).max(60).describe("how many to deliver"),
    firstNumber: z.int().min(1).max(2_000).default(1),
    soFar: z.array(chapter).max(200).default([]).describe("chapters that stand already, oldest first"),
    language,
  }),
  answer: {
    form: "structured",
    schema: z.object({
      chapters: z.array(chapter).min(1).max(60),
      rhythm: paragraph.describe("how tension runs over these chapters, in a few sentences"),
    }),
  },
};
