import { Worker } from "node:worker_threads";
import { EvidenceError } from "../../error.ts";
import type { Match, RuleSet } from "../rule.ts";
import type { SecretText } from "../scanner.ts";
import { type FindMatches, matcherOf } from "./matcher.ts";
import type { Answer, Failed, Question } from "./messages.ts";

/** Characters that take as long to look at as a thread takes to start. */
const FEW = 512 << 10;

/**
 * The same as `matcherOf`, in a thread of its own once there is much to look at, so that whoever reads the texts reads
 * on meanwhile. An idle thread keeps no process alive.
 * @param entry the module `thread.ts`, as this program has it
 */
export function threadedMatcher(rules: RuleSet, entry: URL): FindMatches {
  const here = matcherOf(rules);
  let seen = 0;
  let thread: MatchingThread | undefined;
  return (text) => {
    seen += text.text.length;
    if (seen <= FEW) return here(text);
    thread ??= new MatchingThread(rules, entry);
    return thread.ask(text);
  };
}

class MatchingThread {
  readonly #worker: Worker;
  readonly #asked = new Map<number, PromiseWithResolvers<readonly Match[]>>();
  #count = 0;
  #over: Error | undefined;

  constructor(rules: RuleSet, entry: URL) {
    this.#worker = new Worker(entry, { workerData: rules });
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (error) => this.#end(error as Error));
    this.#worker.on("exit", (code) =>
      this.#end(new Error(`the thread that looks for secrets ended with ${code}`)),
    );
  }

  async ask(text: SecretText): Promise<readonly Match[]> {
    if (this.#over !== undefined) throw this.#over;
    const id = this.#count++;
    const asked = Promise.withResolvers<readonly Match[]>();
    this.#asked.set(id, asked);
    this.#worker.ref();
    this.#worker.postMessage({ id, text } satisfies Question, []);
    return asked.promise;
  }

  #settle(answer: Answer): void {
    if ("failed" in answer) {
      this.#end(errorOf(answer.failed));
      // Nobody waits while a rule without an end is tried on all that was asked besides.
      void this.#worker.terminate();
      return;
    }
    this.#asked.get(answer.id)?.resolve(answer.matches);
    this.#asked.delete(answer.id);
    if (this.#asked.size === 0) this.#worker.unref();
  }

  #end(error: Error): void {
    this.#over ??= error;
    for (const { reject } of this.#asked.values()) reject(this.#over);
    this.#asked.clear();
  }
}

function errorOf({ code, message, hint }: Failed): Error {
  if (code === undefined) return new Error(message);
  return new EvidenceError(code, message, hint === undefined ? {} : { hint });
}
