/** One piece of work per key at a time: callers with the same key share the result that is under way. */
export function singleFlight<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  return (key, work) => {
    const present = running.get(key);
    if (present !== undefined) return present;
    const started = work().finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
}

/** Work is done once per key; its result, or its failure, stays. */
export function onceEach<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const results = new Map<string, Promise<T>>();
  return (key, work) => {
    let result = results.get(key);
    if (result === undefined) results.set(key, (result = work()));
    return result;
  };
}
