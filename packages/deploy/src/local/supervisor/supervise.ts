import type { LocalPlace } from "../place.ts";
import { openControl } from "./control.ts";
import { Supervisor, type SupervisorTools } from "./supervisor.ts";

/**
 * Runs the services of a local environment until somebody stops it, or `signal` fires: then they end too, and run again
 * with the next supervisor.
 */
export async function supervise(
  place: LocalPlace,
  tools: SupervisorTools,
  signal: AbortSignal,
): Promise<void> {
  const supervisor = new Supervisor(place, tools);
  await using control = await openControl(place.socket, supervisor);
  const over = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => over.resolve(), { once: true });
  if (signal.aborted) over.resolve();
  // What cannot be started again is for `status` to say.
  supervisor.boot(signal).catch((error: unknown) => over.reject(error));
  await Promise.race([over.promise, control.stopped]);
  await supervisor.close();
}
