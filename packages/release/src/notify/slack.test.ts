import { Secret } from "@seaworthy/oci";
import { TestClock, serve } from "@seaworthy/oci/testing";
import { describe, expect, it } from "vitest";
import { receivePosts } from "../../test/http-receiver.ts";
import { type SlackMessage, slackFault, slackText } from "../../test/slack-message.ts";
import type { News, Notifier } from "./notifier.ts";
import { FAILURE, SUCCESS, notifierContract } from "./notifier.contract.ts";
import { openNotifiers } from "./open.ts";

const { signal } = new AbortController();

notifierContract("slack", async () => {
  const { server, taken, fail } = await receivePosts(slackFault);
  const secret = "XyZ3f9a7cdd";
  const url = new Secret(`http://${server.host}/services/T0/B0/${secret}`);
  return {
    notifier: (tools) => openNotifiers({ kind: "slack", url }, tools)[0]!,
    received: () => taken.map(({ body }) => slackText(JSON.parse(body.toString()) as SlackMessage)),
    asked: () => server.seen.length,
    fail,
    secret,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

function notifierAt(host: string): Notifier {
  return openNotifiers({ kind: "slack", url: `http://${host}/x` }, { clock: new TestClock() })[0]!;
}

/** What Slack would get. */
async function sent(news: News): Promise<SlackMessage> {
  const { server, taken } = await receivePosts(slackFault);
  await using _ = server;
  await notifierAt(server.host).notify(news, signal);
  return JSON.parse(taken[0]!.body.toString()) as SlackMessage;
}

describe("slack", () => {
  it("sends a failure as headline, cause, last lines, next step, facts and link", async () => {
    expect(await sent(FAILURE)).toEqual({
      text: "release failed at verify: ghcr.io/acme/web 1.2.3\nverify: web: nothing answered on port 8080",
      blocks: [
        {
          type: "header",
          text: { type: "plain_text", text: "❌ release failed at verify: ghcr.io/acme/web 1.2.3" },
        },
        section("*verify: web: nothing answered on port 8080*"),
        {
          type: "rich_text",
          elements: [
            {
              type: "rich_text_preformatted",
              elements: [{ type: "text", text: "starting\n  cannot read settings.json" }],
            },
          ],
        },
        section("*next step:* add the file to the image"),
        section(
          `*image* ${SUCCESS.reference}\n*commit* 4b35282aa0f7 on main\n*by* ada (push)\n*took* 1 min 03 s`,
        ),
        section("<https://ci.example/runs/7|open the run>"),
      ],
    });
  });

  it("lets no text call people or become markup", async () => {
    const news = { ...SUCCESS, branch: "<!channel>", trigger: { who: "<@U1>", what: "a & b" }, tags: [] };
    const { blocks } = await sent(news);
    expect(blocks[1]).toEqual(
      section(expect.stringContaining("on &lt;!channel&gt;\n*by* &lt;@U1&gt; (a &amp; b)\n") as string),
    );
  });

  it("lets the address of a run end nowhere but at its end", async () => {
    const { blocks } = await sent({ ...SUCCESS, runUrl: "https://ci.example/?a=1&b=|x>y" });
    expect(blocks.at(-1)).toEqual(section("<https://ci.example/?a=1&amp;b=%7Cx&gt;y|open the run>"));
  });

  it("cuts a headline at Slack's limit, and nothing that was escaped in two", async () => {
    const { blocks } = await sent({ ...SUCCESS, version: "&".repeat(60) });
    const { text } = (blocks[0] as { text: { text: string } }).text;
    expect(text).toMatch(/^✅ released ghcr\.io\/acme\/web (?:&amp;)+…$/);
  });

  it("shows the end of output that is too long", async () => {
    const lines = Array.from({ length: 20 }, (_, at) => `${at} `.repeat(150));
    const message = await sent({ ...FAILURE, failure: { ...FAILURE.failure!, lines } });
    expect(slackText(message)).toContain("19 19\n");
    expect(slackText(message)).not.toContain("\n0 0");
  });

  it.each([
    [403, "invalid_token"],
    [404, "no_service"],
    [410, "channel_is_archived"],
  ])("says at %i what Slack calls it, and what to do", async (status, word) => {
    await using server = await serve((_, response) => void response.writeHead(status).end(word));
    await expect(notifierAt(server.host).notify(SUCCESS, signal)).rejects.toMatchObject({
      message: `slack ${server.host}: ${status} ${word}`,
      hint: "make a new incoming webhook for the channel, and give its address",
    });
  });
});

function section(text: string): object {
  return { type: "section", text: { type: "mrkdwn", text } };
}
