import { Secret } from "@seaworthy/oci";
import { addressOf } from "./address.ts";
import type { News, Notifier } from "./notifier.ts";
import type { NotifyTools } from "./persist.ts";
import { type Answer, type Refusal, post } from "./post.ts";
import { facts, headline, nextStep, reason, shorten } from "./text.ts";

export interface SlackConfig {
  readonly kind: "slack";
  /** Of an incoming webhook; whoever knows it may write into the channel. */
  readonly url: Secret | string;
}

/** Slack answers 400 `invalid_blocks` to a text that is longer (Block Kit reference: header, section). */
const HEADER = 150;
const SECTION = 3000;

/**
 * Slack's incoming webhooks, and what takes their form (Mattermost, Rocket.Chat show `text` alone).
 * @throws ReleaseError `notify-failed` where the address is none
 */
export function slack(config: SlackConfig, tools: NotifyTools): Notifier {
  const url = addressOf(config.url, "slack");
  const name = `slack ${url.host}`;
  const secrets = slackSecrets(config);
  return {
    name,
    async notify(news, signal) {
      const body = JSON.stringify({ text: escape(summary(news)), blocks: blocksOf(news) });
      await post({ to: name, url, headers: {}, body, secrets, read }, tools, signal);
    },
  };
}

/** What of a config must be shown nowhere: servers quote the path they were asked for, and its last part is the key. */
export function slackSecrets({ url }: SlackConfig): readonly Secret[] {
  if (!(url instanceof Secret)) return [];
  const { pathname } = addressOf(url, "slack");
  return [url, new Secret(pathname), new Secret(pathname.slice(pathname.lastIndexOf("/") + 1))];
}

/** What a phone shows of it. */
function summary(news: News): string {
  const { failure } = news;
  return failure === undefined ? headline(news) : `${headline(news)}\n${reason(failure)}`;
}

function blocksOf(news: News): readonly object[] {
  const { failure, runUrl } = news;
  return [
    {
      type: "header",
      text: { type: "plain_text", text: fit(`${mark(news)} ${escape(headline(news))}`, HEADER) },
    },
    ...(failure === undefined ? [] : failureBlocks(news, failure)),
    section(facts(news).map(([name, value]) => `*${name}* ${escape(value)}`)),
    ...(runUrl === undefined ? [] : [section([`<${escape(runUrl).replaceAll("|", "%7C")}|open the run>`])]),
  ];
}

function mark({ outcome }: News): string {
  switch (outcome) {
    case "started":
      return "⏳";
    case "success":
    case "recovery":
      return "✅";
    case "failure":
      return "❌";
  }
}

function failureBlocks(news: News, failure: NonNullable<News["failure"]>): readonly object[] {
  return [
    section([`*${escape(reason(failure))}*`]),
    ...(failure.lines.every((line) => line.trim() === "") ? [] : [quoted(failure.lines)]),
    section([`*next step:* ${escape(nextStep(news))}`]),
  ];
}

function section(lines: readonly string[]): object {
  return { type: "section", text: { type: "mrkdwn", text: fit(lines.join("\n"), SECTION) } };
}

/** Text that is shown as it is: in this block nothing is markup, so nothing has to be escaped. The end is what counts. */
function quoted(lines: readonly string[]): object {
  const text = lines.join("\n").slice(-SECTION);
  const element = { type: "rich_text_preformatted", elements: [{ type: "text", text }] };
  return { type: "rich_text", elements: [element] };
}

/** The three characters that Slack reads as markup wherever they stand; with them gone nobody can be called by name. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** No longer than that, and not cut within what `escape` has written. */
function fit(text: string, most: number): string {
  return shorten(text, most).replace(/&[a-z]{0,3}…$/, "…");
}

/** Slack says what is wrong in one word, as `no_service`. */
function read({ status, text }: Answer): Partial<Refusal> {
  const says = /^[a-z_]{1,60}$/.test(text.trim()) ? text.trim() : "";
  if (status !== 403 && status !== 404 && status !== 410) return { says };
  return { says, hint: "make a new incoming webhook for the channel, and give its address" };
}
