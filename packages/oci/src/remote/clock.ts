import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./retry.ts";

/** Time and chance of this machine. */
export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  // Being stopped ends the wait; who waited looks at the signal.
  sleep: (milliseconds, signal) =>
    delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};
