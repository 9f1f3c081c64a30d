import { Agent, request, type Dispatcher } from "undici";

import { Fault } from "../http/fault.ts";
import { readText } from "../http/read-text.ts";
import { tolerant } from "../http/upstream.ts";
import type { ModelSettings } from "../process/settings.ts";
import type { ChatRequest, Completion, Model, ModelEvent } from "./model.ts";
import { refusal, toModelFault } from "./model-faults.ts";
import { readEventStream } from "./read-event-stream.ts";
import { parseCompletion } from "./wire.ts";

type Configured = Extract<ModelSettings, { configured: true }>;

/** An answer is a few thousand words; this is far above the longest and far below the memory limit. */
const maxAnswerBytes = 8 * 1_048_576;

/** A stream may be slow as long as it is not silent, but not for ever. */
const maxStreamMs = 15 * 60_000;

/** Any server that speaks POST {base}/chat/completions. Redirects are not followed: the key stays here. */
export class ChatCompletionsModel implements Model {
  readonly name: string;
  readonly #settings: Configured;
  readonly #agent: Agent;

  constructor(settings: Configured) {
    this.name = settings.model;
    this.#settings = settings;
    const { timeoutMs } = settings;
    this.#agent = new Agent({
      connect: { timeout: 5_000 },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  async complete(chat: ChatRequest, signal: AbortSignal): Promise<Completion> {
    const deadline = AbortSignal.timeout(this.#settings.timeoutMs);
    try {
      const response = await this.#post(chat, false, AbortSignal.any([signal, deadline]));
      return parseCompletion(await readText(response.body, maxAnswerBytes));
    } catch (error) {
      throw this.#toFault(error, signal);
    }
  }

  async stream(chat: ChatRequest, signal: AbortSignal): Promise<AsyncIterable<ModelEvent>> {
    const deadline = AbortSignal.timeout(maxStreamMs);
    try {
      const response = await this.#post(chat, true, AbortSignal.any([signal, deadline]));
      const type = String(response.headers["content-type"] ?? "");
      if (!type.startsWith("text/event-stream")) {
        response.body.destroy();
        throw new Fault("model_failed", "the model API answered a request for a stream with something else");
      }
      return this.#events(response, signal);
    } catch (error) {
      throw this.#toFault(error, signal);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async *#events(response: Dispatcher.ResponseData, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    try {
      yield* readEventStream(response.body, maxAnswerBytes, (text) => this.#scrub(text));
    } catch (error) {
      throw this.#toFault(error, signal);
    } finally {
      response.body.destroy();
    }
  }

  async #post(chat: ChatRequest, stream: boolean, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { baseUrl, model, apiKey } = this.#settings;
    const response = tolerant(
      await request(`${baseUrl}/chat/completions`, {
        method: "POST",
        dispatcher: this.#agent,
        signal,
        headers: {
          "content-type": "application/json",
          accept: stream ? "text/event-stream" : "application/json",
          "x-request-id": chat.requestId,
          ...(apiKey ? { authorization: `Bearer ${apiKey.reveal()}` } : {}),
        },
        body: JSON.stringify({
          model,
          messages: chat.messages,
          stream,
          // Sent only when asked for: some models refuse a temperature, some a limit.
          ...(chat.temperature === undefined ? {} : { temperature: chat.temperature }),
          ...(chat.maxTokens === undefined ? {} : { max_tokens: chat.maxTokens }),
        }),
      }),
    );
    if (response.statusCode !== 200) throw await refusal(response, (text) => this.#scrub(text));
    return response;
  }

  #toFault(error: unknown, signal: AbortSignal): unknown {
    return signal.aborted ? signal.reason : toModelFault(error, this.#settings.timeoutMs);
  }

  #scrub(text: string): string {
    return this.#settings.apiKey?.scrub(text) ?? text;
  }
}
