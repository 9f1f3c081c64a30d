/**
 * Waits until every promise has ended. The first failure calls `stop`, so that the others end soon, and is thrown when
 * they have: nothing goes on behind the caller's back.
 */
export async function together<T>(
  work: readonly Promise<T>[],
  stop: (reason: unknown) => void,
): Promise<readonly T[]> {
  let failure: { readonly reason: unknown } | undefined;
  const noticed = work.map((one) =>
    one.catch((error: unknown) => {
      failure ??= { reason: error };
      stop(failure.reason);
      throw error;
    }),
  );
  const settled = await Promise.allSettled(noticed);
  if (failure !== undefined) throw failure.reason;
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}
