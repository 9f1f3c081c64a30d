import pLimit from "p-limit";

/** Questions to a place at once. */
const PARALLEL = 8;

/** In the order of the items. After a failure nothing more is begun. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const limit = pLimit(PARALLEL);
  try {
    return await limit.map(items, work);
  } finally {
    limit.clearQueue();
  }
}
