import type { Dockerfile, Stage } from "../dockerfile.ts";

/**
 * Walks the stages in order and hands each what its base came to: undefined for an image, as far as
 * the text tells, since a variable in FROM is not resolved here. One pass, however long the chains.
 */
export function* inherit<T>(
  { stages }: Dockerfile,
  derive: (stage: Stage, base: T | undefined) => T,
): Generator<{ readonly stage: Stage; readonly base: T | undefined }> {
  const byName = new Map<string, T>();
  for (const stage of stages) {
    const base = byName.get(stage.from.image);
    yield { stage, base };
    const own = derive(stage, base);
    if (stage.name !== undefined) byName.set(stage.name, own);
  }
}
