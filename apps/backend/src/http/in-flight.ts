import type { ServerResponse } from "node:http";

import { Fault } from "./fault.ts";

/** The requests being answered now. Each gets a signal; all of them can be ended at once. */
export class InFlight {
  readonly #running = new Set<AbortController>();
  #draining = false;

  get draining(): boolean {
    return this.#draining;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Follows the response to its end, however that comes: an event stream outlives its handler. */
  track(response: ServerResponse): AbortSignal {
    const controller = new AbortController();
    this.#running.add(controller);
    response.once("close", () => {
      this.#running.delete(controller);
      if (!response.writableFinished)
        controller.abort(new Fault("client_gone", "the client closed the connection"));
    });
    return controller.signal;
  }

  /** From now on the service says that it is going away; running requests go on. */
  startDraining(): void {
    this.#draining = true;
  }

  /** Ends what still runs: handlers see their signal abort and answer 503, streams an error event. */
  abortAll(): void {
    for (const controller of this.#running) {
      controller.abort(new Fault("shutting_down", "the service is shutting down", { retryAfter: "1" }));
    }
  }
}
