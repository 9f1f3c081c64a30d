import { createHmac } from "node:crypto";
import { Secret } from "@seaworthy/oci";
import { ReleaseError } from "../error.ts";
import { isoTime } from "../time.ts";
import { addressOf } from "./address.ts";
import type { News, Notifier } from "./notifier.ts";
import type { NotifyTools } from "./persist.ts";
import { type Answer, type Refusal, headerOf, post } from "./post.ts";
import { headline, nextStep } from "./text.ts";

export interface WebhookConfig {
  readonly kind: "webhook";
  readonly url: Secret | string;
  /** Sent along, as an `authorization`. */
  readonly headers?: Readonly<Record<string, Secret | string>>;
  /** Key of the signature; without it there is none. */
  readonly secret?: Secret | undefined;
}

/**
 * What a webhook is sent. Fields are added to, never changed or taken away. Equal bodies are one delivery: it is
 * repeated where the connection broke before the answer.
 */
export interface WebhookBody {
  readonly schema: "https://seaworthy.dev/notification/v1";
  /** RFC 3339. */
  readonly at: string;
  readonly outcome: News["outcome"];
  /** The headline, for those who only show something. */
  readonly text: string;
  readonly name: string;
  readonly version: string;
  readonly reference?: string;
  readonly revision?: string;
  readonly branch?: string;
  readonly trigger: News["trigger"];
  readonly durationMs: number;
  readonly tags: readonly string[];
  readonly runUrl?: string;
  readonly environment?: News["environment"];
  readonly failure?: {
    readonly stage: string;
    readonly cause: string;
    readonly lines: readonly string[];
    readonly nextStep: string;
  };
}

/**
 * Posts JSON. With a `secret` the body is signed as GitHub signs its own: `x-hub-signature-256` is `sha256=` and the
 * hexadecimal HMAC of the body's bytes.
 * @throws ReleaseError `notify-failed` where the address or a header is none
 */
export function webhook(config: WebhookConfig, tools: NotifyTools): Notifier {
  const url = addressOf(config.url, "webhook");
  const { secret } = config;
  const name = `webhook ${url.host}`;
  const headers = headersOf(config, name);
  const secrets = [...webhookSecrets(config), new Secret(`${url.pathname}${url.search}`)];
  return {
    name,
    async notify(news, signal) {
      const body = JSON.stringify(bodyOf(news, tools.clock.now()));
      const sent = { ...headers, ...(secret === undefined ? {} : signatureOf(body, secret)) };
      await post({ to: name, url, headers: sent, body, secrets, read }, tools, signal);
    },
  };
}

/** What of a config must be shown nowhere. */
export function webhookSecrets({ url, headers = {}, secret }: WebhookConfig): readonly Secret[] {
  const all = [url, secret, ...Object.values(headers)];
  return all.filter((value) => value instanceof Secret);
}

function headersOf({ headers = {} }: WebhookConfig, where: string): Record<string, string> {
  // Loading it takes 50 ms, which a release that notifies nobody does not pay.
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule("node:http");
  const entries = Object.entries(headers).map(([name, value]) => {
    const text = value instanceof Secret ? value.reveal() : value;
    try {
      validateHeaderName(name);
      validateHeaderValue(name, text);
    } catch {
      throw new ReleaseError("notify-failed", `${where}: header ${JSON.stringify(name)} cannot be sent`, {
        hint: "a header holds no line end and nothing beyond Latin-1",
      });
    }
    return [name.toLowerCase(), text] as const;
  });
  return Object.fromEntries(entries);
}

/** A page is not quoted: it is there to be looked at. */
function read(answer: Answer): Partial<Refusal> {
  const isText = headerOf(answer, "content-type")?.startsWith("text/plain") === true;
  return isText ? { says: answer.text } : {};
}

function signatureOf(body: string, secret: Secret): Record<string, string> {
  const hmac = createHmac("sha256", secret.reveal()).update(body).digest("hex");
  return { "x-hub-signature-256": `sha256=${hmac}` };
}

function bodyOf(news: News, now: number): WebhookBody {
  const { outcome, ms, failure, ...rest } = news;
  return {
    schema: "https://seaworthy.dev/notification/v1",
    at: isoTime(now),
    outcome,
    text: headline(news),
    ...rest,
    durationMs: ms,
    ...(failure === undefined ? {} : { failure: { ...withoutHint(failure), nextStep: nextStep(news) } }),
  };
}

function withoutHint({ stage, cause, lines }: NonNullable<News["failure"]>) {
  return { stage, cause, lines };
}
