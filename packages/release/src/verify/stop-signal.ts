import { constants } from "node:os";
import { ReleaseError } from "../error.ts";

const NAMES = Object.keys(constants.signals) as readonly NodeJS.Signals[];

/** STOPSIGNAL of an image: `SIGTERM` (also where it says nothing), `TERM` or `15`. */
export function parseStopSignal(text: string | undefined): NodeJS.Signals {
  if (text === undefined || text === "") return "SIGTERM";
  const upper = text.toUpperCase();
  const found = NAMES.find(
    (name) => name === upper || name === `SIG${upper}` || String(constants.signals[name]) === upper,
  );
  if (found !== undefined) return found;
  throw new ReleaseError("verify-failed", `image: found STOPSIGNAL ${text}, expected a signal from 1 to 31`, {
    hint: "signals for real-time programs (SIGRTMIN and up) are not supported here",
  });
}

/** What a process that ends by a signal shows to whoever waits for it. */
export function exitCodeBy(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
