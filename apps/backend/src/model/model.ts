/** One message of a chat. */
export interface ChatMessage {
  readonly role: "system" | "user";
  readonly content: string;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly requestId: string;
}

/** Tokens, where the API tells. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A whole answer. `finishReason` is the API's word: "stop", "length", "content_filter" and so on. */
export interface Completion {
  readonly text: string;
  readonly finishReason: string;
  readonly usage: Usage | undefined;
}

/** Pieces of text as they come, then the whole. */
export type ModelEvent =
  | { readonly kind: "delta"; readonly text: string }
  | { readonly kind: "done"; readonly completion: Completion };

/**
 * A language model. Both methods reject with a Fault whose code starts with "model_", or with the signal's
 * reason when it aborts. `stream` resolves when the model has accepted the request: until then its errors
 * can still become an HTTP status.
 */
export interface Model {
  readonly name: string;
  complete(request: ChatRequest, signal: AbortSignal): Promise<Completion>;
  stream(request: ChatRequest, signal: AbortSignal): Promise<AsyncIterable<ModelEvent>>;
  close(): Promise<void>;
}
