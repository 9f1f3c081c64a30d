/**
 * The first module of main.ts. Loading the others takes a tenth of a second, in which a process that is PID 1
 * would ignore a SIGTERM. Nothing runs yet that could be drained, so leaving is all there is to do.
 */
const signals = ["SIGTERM", "SIGINT"] as const;

function leave(): void {
  process.exit(0);
}

for (const signal of signals) process.on(signal, leave);

/** To be called when the handlers that drain are in place. */
export function releaseEarlySignals(): void {
  for (const signal of signals) process.removeListener(signal, leave);
}
