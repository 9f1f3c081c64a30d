import type { Event } from "../event.ts";
import { type Expression, type Expressions, type TemplateContext, render } from "./template.ts";
import { illegal } from "./parse.ts";
import { formatMoment } from "./moment.ts";

/** What rules see besides themselves. */
export interface RuleContext {
  readonly event: Event;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Length of `{{sha}}` and of `type=sha`; default 7. */
  readonly shortLength: number;
  readonly warn: (warning: string) => void;
}

const SHORT = 7;

/** @throws ReleaseError `rules` where the length is no whole number above 0 */
export function shortLengthOf(text: string | undefined): number {
  if (text === undefined || text === "") return SHORT;
  const length = Number(text);
  if (Number.isInteger(length) && length > 0) return length;
  throw illegal("DOCKER_METADATA_SHORT_SHA_LENGTH", `expected a number, found ${JSON.stringify(text)}`);
}

export function afterRef(event: Event, start: "refs/heads/" | "refs/tags/"): string | undefined {
  return event.ref?.startsWith(start) === true ? event.ref.slice(start.length) : undefined;
}

/** The global expressions, for one place that may hold them. */
export function globalTemplate(context: RuleContext, where: string): TemplateContext {
  const { event, shortLength, warn } = context;
  const branch = afterRef(event, "refs/heads/");
  const isDefault = branch !== undefined && branch === event.repository.defaultBranch;
  const expressions: Expressions = {
    branch: () => branch ?? "",
    tag: () => afterRef(event, "refs/tags/") ?? "",
    sha: () => event.revision?.slice(0, shortLength) ?? "",
    base_ref: () => (branch === undefined ? (event.baseRef ?? "") : ""),
    is_default_branch: () => String(isDefault),
    is_not_default_branch: () => String(!isDefault),
    ...dateExpressions(context, where),
  };
  return { expressions, where, warn };
}

/** `{{date 'YYYYMMDD' tz='Asia/Tokyo'}}` and `{{commit_date …}}`. */
export function dateExpressions({ event, now }: RuleContext, where: string): Expressions {
  const dated =
    (name: string, time: number): Expression =>
    (format, named) => {
      const unknown = [...named.keys()].find((key) => key !== "tz");
      if (unknown !== undefined) throw illegal(where, `${name}: ${unknown} is not known`, "use tz='ZONE'");
      if (format === undefined)
        throw illegal(where, `${name} needs a format`, `write {{${name} 'YYYYMMDD'}}`);
      const zone = named.get("tz") ?? "UTC";
      try {
        return formatMoment(time, format, zone);
      } catch {
        throw illegal(
          where,
          `${name}: ${JSON.stringify(zone)} is no time zone`,
          "name it as in tz='Asia/Tokyo'",
        );
      }
    };
  const committed = event.committed === undefined ? now : event.committed * 1000;
  return { date: dated("date", now), commit_date: dated("commit_date", committed) };
}

export function renderGlobal(text: string, context: RuleContext, where: string): string {
  // Most values hold no expression.
  return text.includes("{{") ? render(text, globalTemplate(context, where)) : text;
}
