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
