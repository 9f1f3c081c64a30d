import type { Failure, News } from "./notifier.ts";

/** The words for people; every notifier takes them from here. */

/** What happened, in a line: `release failed at verify: ghcr.io/acme/web 1.2.3`. */
export function headline({ outcome, name, version, branch, environment, failure }: News): string {
  const image = `${name} ${version}`;
  const deploys = environment !== undefined;
  const to = deploys ? ` to ${environment.name}` : "";
  const done = `${deploys ? "deployed" : "released"} ${image}${to}`;
  switch (outcome) {
    case "started":
      return `${deploys ? "deploying" : "releasing"} ${image}${to}`;
    case "success":
      return done;
    case "recovery":
      return `recovered: ${done} after a failure${branch === undefined ? "" : ` on ${branch}`}`;
    case "failure": {
      const at = failure === undefined ? "" : ` at ${failure.stage}`;
      return `${deploys ? "deployment" : "release"}${to} failed${at}: ${image}`;
    }
  }
}

/** What else is known, each with its name. The run's page is not among it: it is a link where there are links. */
export function facts(news: News): readonly (readonly [name: string, value: string])[] {
  const { reference, tags, revision, branch, trigger, ms, environment } = news;
  const commit = [revision?.slice(0, 12), branch === undefined ? undefined : `on ${branch}`];
  const known: readonly (readonly [string, string | undefined])[] = [
    ["image", reference],
    ["tags", tags.join(", ")],
    ["commit", commit.filter((part) => part !== undefined).join(" ")],
    ["by", `${trigger.who} (${trigger.what})`],
    ["at", environment?.url],
    ["took", news.outcome === "started" ? undefined : duration(ms)],
  ];
  return known.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== "");
}

/** `verify: web did not answer` */
export function reason({ stage, cause }: Failure): string {
  return cause.startsWith(`${stage}: `) ? cause : `${stage}: ${cause}`;
}

export function nextStep({ failure, runUrl }: News): string {
  if (failure?.hint !== undefined) return failure.hint;
  const where = runUrl === undefined ? "the output of the run" : "the run's page";
  return `see ${where}; run it again when the cause is mended, finished stages are kept`;
}

/** The whole news as plain text. */
export function plainText(news: News): string {
  const { failure, runUrl } = news;
  const told = failure === undefined ? [] : failureText(news, failure);
  const rows = facts(news).map(([name, value]) => `${`${name}:`.padEnd(8)} ${value}`);
  const run = runUrl === undefined ? [] : [`run:     ${runUrl}`];
  return [headline(news), "", ...told, ...rows, ...run, ""].join("\n");
}

function failureText(news: News, failure: Failure): readonly string[] {
  const { lines } = failure;
  const shown = lines.length === 0 ? [] : ["", "last lines:", ...lines.map((line) => `  ${line}`)];
  return [reason(failure), ...shown, "", `next step: ${nextStep(news)}`, ""];
}

/** At most so many UTF-16 units: whatever a limit counts, it counts no more. What is cut off shows as `…`. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** `3.4 s`, `2 min 05 s` */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
