import { Script, createContext } from "node:vm";
import { EvidenceError } from "../error.ts";

const CALL = new Script("work()");

/**
 * Ends synchronous work, also inside a regex: V8 looks for termination while it backtracks. This is what protects from
 * a rule of somebody else's that takes for ever, not a sandbox: the work is our own code.
 * @param blame names what was under way
 * @throws EvidenceError `slow-rule`
 */
export function withDeadline<T>(milliseconds: number, work: () => T, blame: () => string): T {
  try {
    return CALL.runInContext(createContext({ work }), { timeout: milliseconds }) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | undefined)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
    throw new EvidenceError("slow-rule", `${blame()}: found no end in ${milliseconds / 1000} s`, {
      hint: "rewrite the rule's regex without repetition inside repetition, or disable the rule",
    });
  }
}
