import { stripVTControlCharacters } from "node:util";
import type { Secret } from "@seaworthy/oci";
import type { Failure, News, Notifier } from "./notifier.ts";
import { strikeOut } from "./strike-out.ts";
import { shorten } from "./text.ts";

const MOST_LINES = 20;
const LONGEST_LINE = 500;
/** Besides controls: what turns the direction of the text that follows, so that it reads as something else. */
const UNSEEN = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

type Wash = (text: string) => string;

/**
 * News holds what build steps, services and registries wrote. A CI hides secrets in what it shows, and a terminal's
 * escapes mean nothing in a chat: both are taken out before anything leaves the machine. No text has a line end after
 * this, and none is long.
 */
export function cleaned(notifier: Notifier, secrets: readonly Secret[]): Notifier {
  const wash: Wash = (text) => {
    const plain = stripVTControlCharacters(strikeOut(text, secrets)).replaceAll(/[\t\r\n]+/g, " ");
    return shorten(plain.replaceAll(UNSEEN, "").trimEnd(), LONGEST_LINE);
  };
  return {
    name: notifier.name,
    notify: (news, signal) => notifier.notify(washNews(news, wash), signal),
  };
}

function washNews(news: News, wash: Wash): News {
  const { trigger, tags, failure, runUrl, environment } = news;
  return {
    ...news,
    name: wash(news.name),
    version: wash(news.version),
    ...(news.branch === undefined ? {} : { branch: wash(news.branch) }),
    trigger: { who: wash(trigger.who), what: wash(trigger.what) },
    tags: tags.map(wash),
    ...(runUrl === undefined ? {} : { runUrl: wash(runUrl) }),
    ...(failure === undefined ? {} : { failure: washFailure(failure, wash) }),
    ...(environment === undefined ? {} : { environment: { ...environment, name: wash(environment.name) } }),
  };
}

function washFailure({ stage, cause, lines, hint }: Failure, wash: Wash): Failure {
  return {
    stage: wash(stage),
    cause: wash(cause),
    lines: lines.slice(-MOST_LINES).map(wash),
    ...(hint === undefined ? {} : { hint: wash(hint) }),
  };
}
