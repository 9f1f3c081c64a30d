/** Maps in parallel, at most `limit` at a time; results in the order of the items. After a failure nothing new starts. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, at: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      const at = next++;
      try {
        results[at] = await work(items[at]!, at);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // All settle before the first error is told: whoever cleans up then finds nobody at work.
  const settled = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  for (const outcome of settled) if (outcome.status === "rejected") throw outcome.reason;
  return results;
}
