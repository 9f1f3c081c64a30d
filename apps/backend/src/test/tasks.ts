import type { AgentName } from "../process/services.ts";

const world = {
  premise: "Every promise in Halm becomes a thread that others can see.",
  setting: "A salt town at the end of a causeway, open twice a day.",
  laws: ["A broken promise cuts its thread and both hands bleed."],
  tensions: ["Those who promise for a living against those who never do."],
};

const character = {
  name: "Ida Roth",
  role: "protagonist",
  want: "to be released from one promise",
  need: "to be held to another",
  facts: ["left-handed"],
};

const chapter = {
  number: 4,
  title: "Low water",
  summary: "Ida crosses the causeway because the bell rings, but the bell was rung by her brother.",
  change: "Ida knows that he is alive.",
};

const scene = {
  goal: "get past the toll keeper",
  conflict: "the keeper sees the thread at her wrist",
  outcome: "she passes, but owes him a favour",
  viewpoint: "Ida Roth",
  place: "the toll house",
  beats: ["she hides her left hand", "he asks for the time", "the thread glows"],
};

const finding = {
  severity: "must",
  quote: "with her right hand",
  problem: "Ida is left-handed",
  suggestion: "use the left hand",
};

const text = "Ida signed with her right hand.";

/** A valid input and a valid model answer for each of the ten. */
export const examples: Readonly<Record<AgentName, { input: Record<string, unknown>; answer: unknown }>> = {
  worldsmith: {
    input: { idea: "promises that can be seen", genre: "low fantasy", fixed: ["no kings"], language: "en" },
    answer: { title: "Halm", world, themes: ["Is a forced promise one?"], openQuestions: [] },
  },
  plotmaster: {
    input: { world, characters: [character], brief: "a quiet revolt" },
    answer: {
      question: "Will Ida be free?",
      arc: "She is, and pays.",
      turningPoints: [0.1, 0.5, 0.9].map((position) => ({
        position,
        event: "the bell rings",
        cause: "the tide turns",
        consequence: "the gate stays shut",
      })),
      threads: [{ name: "the brother", opens: "chapter 1", closes: "chapter 30" }],
    },
  },
  outliner: {
    input: {
      arc: "She leaves, and returns.",
      chapters: 1,
      firstNumber: 4,
      soFar: [{ ...chapter, number: 3 }],
    },
    answer: { chapters: [chapter], rhythm: "one long breath" },
  },
  director: {
    input: { chapter, characters: [character], scenes: 1 },
    answer: { scenes: [scene], pace: "slow until the thread glows", hook: "the keeper writes down her name" },
  },
  characterexpert: {
    input: { task: "deepen Ida", world, characters: [character] },
    answer: {
      character,
      wound: "she promised for somebody else",
      habits: ["counts steps", "never says yes"],
      relations: [{ with: "Tom", bond: "blood", friction: "silence" }],
      arc: ["she lies", "she stays"],
    },
  },
  worldbuilder: {
    input: {
      world,
      wish: "a market",
      kind: "place",
      facts: [{ id: "causeway", statement: "It floods twice a day." }],
    },
    answer: {
      name: "the Knot",
      description: "where promises are bought",
      facts: [{ id: "knot.hours", statement: "It opens at low water." }],
      hooks: ["a stall without an owner"],
      notes: [],
    },
  },
  writer: {
    input: { scene, characters: [character], words: 200, tone: "dry" },
    answer: "The keeper did not look up.",
  },
  critic: {
    input: { text, focus: ["the hand"] },
    answer: {
      verdict: "Clear, but thin.",
      scores: { tension: 4, character: 5, voice: 6, clarity: 8, originality: 5 },
      strengths: ["the salt"],
      findings: [finding],
    },
  },
  factchecker: {
    input: { text, facts: [{ id: "ida.hand", statement: "Ida is left-handed." }], characters: [character] },
    answer: {
      consistent: false,
      contradictions: [{ ...finding, factId: "ida.hand" }],
      newFacts: ["Ida can write."],
    },
  },
  rewriter: {
    input: { text, findings: [finding], keep: ["Ida signed"] },
    answer: "Ida signed with her left hand.",
  },
};

/** What the model would write for this agent: prose as it is, the rest as JSON. */
export function modelText(agent: AgentName): string {
  const { answer } = examples[agent];
  return typeof answer === "string" ? answer : JSON.stringify(answer);
}
