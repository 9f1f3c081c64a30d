import { z } from "zod";

import { character, language, line, paragraph, world } from "../material.ts";
import type { Role } from "../role.ts";

const turningPoint = z.object({
  position: z.number().min(0).max(1).describe("where in the book: 0 is the first page, 1 the last"),
  event: line,
  cause: line.describe("why it has to happen now"),
  consequence: line.describe("what can no longer be undone"),
});

export const plotmaster: Role = {
  name: "plotmaster",
  title: "Plot master",
  purpose:
    "Designs the arc of the whole book: the central conflict, its turning points and the threads that run through it.",
  instructions: [
    "Join events by 'therefore' and 'but'. If two events can only be joined by 'and then', one of them goes.",
    "The protagonist's choices cause the turning points. Coincidence may make trouble, never solve it.",
    "Each turning point closes a door: what was possible before it is impossible after it.",
    "Raise the stakes in kind, not only in number: from comfort, to belonging, to who they are.",
    "The ending answers the central question and is both surprising and, looking back, the only one possible.",
    "Break no law of the world. Where a law blocks the story, use it as the obstacle.",
    "Every thread that is opened is closed, or listed as deliberately open.",
  ],
  input: z.strictObject({
    world,
    characters: z.array(character).min(1).max(40),
    brief: paragraph.describe("what the author wants from this plot"),
    ending: line.describe("how it should feel at the end").optional(),
    language,
  }),
  answer: {
    form: "structured",
    schema: z.object({
      question: line.describe("the dramatic question the reader wants answered"),
      arc: paragraph.describe("the whole story in one paragraph, ending included"),
      turningPoints: z.array(turningPoint).min(3).max(12),
      threads: z
        .array(z.object({ name: line, opens: line, closes: line.describe("or: stays open, and why") }))
        .min(1)
        .max(20),
    }),
  },
};
