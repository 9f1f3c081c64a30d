import { z } from "zod";

import { character, language, line, manuscript, paragraph, scene, tone } from "../material.ts";
import { prose, type Role } from "../role.ts";

export const writer: Role = {
  name: "writer",
  title: "Writer",
  purpose: "Writes a scene as finished prose, from the director's plan.",
  instructions: [
    "Follow the beats in their order and reach the outcome. How to get from one to the next is yours.",
    "Stay behind one pair of eyes. What the viewpoint character cannot perceive or think is not on the page.",
    "Make verbs carry the sentence. Cut an adverb by finding its verb.",
    "Let people talk past each other; nobody says what both know.",
    "Keep each voice as it is described, and the tone of the text so far.",
    "Trust the reader: no summary at the end, no moral, no explained joke.",
    "Avoid stock phrases, lists of three by habit and similes where the thing itself will do.",
    "Come near the requested length; a scene that is done earlier ends earlier.",
  ],
  input: z.strictObject({
    scene,
    characters: z.array(character).min(1).max(40),
    soFar: manuscript.describe("the text directly before this scene, for voice and continuity").optional(),
    words: z.int().min(50).max(6_000).default(1_200).describe("about how long"),
    avoid: z.array(line).max(40).default([]).describe("words and turns not to use"),
    notes: paragraph.optional(),
    tone,
    language,
  }),
  answer: { form: "prose", schema: prose },
};
