import type { Readable } from "node:stream";

import { createParser, type EventSourceMessage } from "eventsource-parser";

import { Fault } from "../http/fault.ts";
import type { ModelEvent, Usage } from "./model.ts";
import { emptyAnswer, parseChunk, toUsage } from "./wire.ts";

/**
 * Reads the events of a chat completion: text as it comes, then the whole. A stream that ends without a
 * finish reason and without [DONE] was cut, and that is a Fault, not a short answer.
 */
export async function* readEventStream(
  body: Readable,
  maxBytes: number,
  scrub: (text: string) => string,
): AsyncGenerator<ModelEvent> {
  let text = "";
  let refusal = "";
  let finishReason: string | undefined;
  let usage: Usage | undefined;
  let done = false;
  for await (const data of readData(body, maxBytes)) {
    if (data === "[DONE]") {
      done = true;
      break;
    }
    const chunk = parseChunk(data);
    if (chunk.error) throw streamError(chunk.error, scrub);
    usage = toUsage(chunk.usage) ?? usage;
    const [choice] = chunk.choices;
    finishReason = choice?.finish_reason ?? finishReason;
    refusal += choice?.delta?.refusal ?? "";
    const piece = choice?.delta?.content;
    if (piece) {
      text += piece;
      yield { kind: "delta", text: piece };
    }
  }
  if (!done && finishReason === undefined) {
    throw new Fault("model_failed", "the model API closed the stream before the answer was complete");
  }
  if (text === "") throw emptyAnswer(refusal || undefined);
  yield { kind: "done", completion: { text, finishReason: finishReason ?? "unknown", usage } };
}

/** The data of each event, in order. Bounded as a whole, so one endless event cannot fill the memory. */
async function* readData(body: Readable, maxBytes: number): AsyncGenerator<string> {
  const ready: string[] = [];
  const parser = createParser({ onEvent: (event: EventSourceMessage) => ready.push(event.data) });
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new RangeError(`the stream is larger than ${maxBytes} bytes`);
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* ready.splice(0);
  }
}

function streamError(error: string | { message: string }, scrub: (text: string) => string): Fault {
  const reason = scrub(typeof error === "string" ? error : error.message).slice(0, 300);
  return new Fault("model_failed", `the model API broke off: ${reason}`);
}
