import { z } from "zod";

import { character, language, line, paragraph, world } from "../material.ts";
import type { Role } from "../role.ts";

const relation = z.object({
  with: line.describe("the other's name"),
  bond: line.describe("what ties them"),
  friction: line.describe("what will break it under pressure"),
});

export const characterexpert: Role = {
  name: "characterexpert",
  title: "Character expert",
  purpose:
    "Creates and deepens the people of the novel: what they want, what they lack, how they speak and how they change.",
  instructions: [
    "Want and need pull in different directions; the story happens in the gap.",
    "A wound explains a habit, never excuses it. Show the habit.",
    "The voice can be told apart without a name: length of sentences, favourite evasions, what is never said.",
    "Build relations in pairs, with something each has and the other needs.",
    "Contradict no fact that is given, and no law of the world.",
    "Let the arc consist of choices under rising pressure; an insight without a choice is not a change.",
    "Avoid the first idea for a name, a job and a secret: it is everybody's first idea.",
  ],
  input: z.strictObject({
    task: paragraph.describe("whom to create or what to deepen"),
    world: world.optional(),
    characters: z.array(character).max(40).default([]).describe("who exists already"),
    language,
  }),
  answer: {
    form: "structured",
    schema: z.object({
      character,
      wound: line.describe("what happened to them, or what they did"),
      habits: z.array(line).min(2).max(10),
      relations: z.array(relation).max(12),
      arc: z.array(line).min(2).max(8).describe("the choices that change them, in order"),
    }),
  },
};
