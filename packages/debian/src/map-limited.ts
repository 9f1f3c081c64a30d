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
  await settleAll(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** `Promise.all` that lets all settle before it tells the first error: who cleans up then finds nobody at work. */
export async function settleAll<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<readonly [A, B]>;
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<readonly T[]>;
export async function settleAll(work: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
