import { Secret } from "@seaworthy/oci";
import { TestClock } from "@seaworthy/oci/testing";
import { describe, expect, it } from "vitest";
import { receivePosts } from "../../test/http-receiver.ts";
import type { News, Outcome } from "./notifier.ts";
import { FAILURE, SUCCESS } from "./notifier.contract.ts";
import { openNotifiers } from "./open.ts";

const { signal } = new AbortController();
const ALL: readonly News[] = [
  { ...SUCCESS, outcome: "started" },
  SUCCESS,
  FAILURE,
  { ...SUCCESS, outcome: "recovery" },
];

/** The outcomes that arrive. */
async function arriving(on: readonly Outcome[] | undefined): Promise<readonly unknown[]> {
  const { server, taken } = await receivePosts();
  await using _ = server;
  const config = {
    kind: "webhook",
    url: `http://${server.host}/`,
    ...(on === undefined ? {} : { on }),
  } as const;
  const [notifier] = openNotifiers(config, { clock: new TestClock() });
  for (const news of ALL) await notifier!.notify(news, signal);
  return taken.map(({ body }) => (JSON.parse(body.toString()) as { outcome: unknown }).outcome);
}

describe("openNotifiers", () => {
  it("tells how a run ended, and not that it began", async () => {
    expect(await arriving(undefined)).toEqual(["success", "failure", "recovery"]);
  });

  it("tells what was asked for", async () => {
    expect(await arriving(["failure", "recovery"])).toEqual(["failure", "recovery"]);
  });

  const token = new Secret("ghs_3f9a7cdd");
  const access = { kind: "github", apiUrl: "https://api.github.com", repository: "acme/web", token } as const;
  it.each([
    [{}, ["github status acme/web", "github deployment acme/web"]],
    [{ deployment: false }, ["github status acme/web"]],
    [{ status: false }, ["github deployment acme/web"]],
  ])("makes of GitHub what was asked for: %j", (asked, names) => {
    const made = openNotifiers({ ...access, ...asked }, { clock: new TestClock() });
    expect(made.map(({ name }) => name)).toEqual(names);
  });

  it("names notifiers by where they tell it", () => {
    const clock = new TestClock();
    const mail = { kind: "email", host: "mail.example", from: "a@b.example", to: [] } as const;
    const named = [
      ...openNotifiers({ kind: "slack", url: "https://hooks.slack.com/services/x" }, { clock }),
      ...openNotifiers({ kind: "webhook", url: "https://ci.example:8443/in" }, { clock }),
      ...openNotifiers(mail, { clock }),
      ...openNotifiers({ ...mail, tls: "implicit" }, { clock }),
    ];
    expect(named.map(({ name }) => name)).toEqual([
      "slack hooks.slack.com",
      "webhook ci.example:8443",
      "email mail.example:587",
      "email mail.example:465",
    ]);
  });
});
