import { Script, createContext } from "node:vm";
import { EvidenceError } from "../../error.ts";

const CALL = new Script("work()");

/** Does synchronous work; `blame` names what is under way. */
export type Bounded = <T>(work: () => T, blame: () => string) => T;

/**
 * Ends work that takes too long, also inside a regex: V8 looks for termination while it backtracks. This is what
 * protects from a rule of somebody else's that takes for ever, not a sandbox: the work is our own code. Throws
 * EvidenceError `slow-rule`.
 */
export function deadline(milliseconds: number): Bounded {
  // One for all: to make a context takes longer than most texts do.
  const context = createContext({ work: undefined });
  return (work, blame) => {
    context["work"] = work;
    try {
      return CALL.runInContext(context, { timeout: milliseconds }) as ReturnType<typeof work>;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException | undefined)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
      throw new EvidenceError("slow-rule", `${blame()}: found no end in ${milliseconds / 1000} s`, {
        hint: "rewrite the rule's regex without repetition inside repetition, or disable the rule",
      });
    }
  };
}

/** For rules that are known to come to an end. */
export const unbounded: Bounded = (work) => work();
