import type { Dockerfile, Stage } from "../dockerfile.ts";

/** The stages a stage is built on, nearest first, as far as the text tells: a variable in FROM ends it. */
export function baseStages({ stages }: Dockerfile, stage: Stage): readonly Stage[] {
  const bases: Stage[] = [];
  for (let base = baseStage(stages, stage); base !== undefined; base = baseStage(stages, base)) {
    bases.push(base);
  }
  return bases;
}

/** What the lowest stage of the chain starts from. */
export function rootImage(file: Dockerfile, stage: Stage): string {
  return (baseStages(file, stage).at(-1) ?? stage).from.image;
}

function baseStage(stages: readonly Stage[], { index, from }: Stage): Stage | undefined {
  return stages.findLast((other) => other.index < index && other.name === from.image);
}
