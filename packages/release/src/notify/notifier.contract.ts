import { inspect } from "node:util";
import { Secret } from "@seaworthy/oci";
import { TestClock } from "@seaworthy/oci/testing";
import { describe, expect, it } from "vitest";
import type { News, Notifier } from "./notifier.ts";
import type { NotifyTools } from "./persist.ts";

/** What a receiver can do to a message. */
export type Fault =
  /** Not now. */
  | "busy"
  /** Not now, but in seven seconds. */
  | "slow"
  /** Nothing; the connection ends. */
  | "lost"
  /** Never. Quotes everything it was sent, secrets too. */
  | "refused";

/** Somebody on loopback who is told, and a notifier that tells them. */
export interface Receiver extends AsyncDisposable {
  notifier(tools: NotifyTools): Notifier;
  /** What was taken, as people would read it. */
  readonly received: () => readonly string[];
  /** How often anybody asked, taken or not. */
  readonly asked: () => number;
  /** Answers the next requests so, and then as usual. */
  fail(...faults: readonly Fault[]): void;
  /** What the notifier must show to nobody. */
  readonly secret: string;
}

export interface ContractOptions {
  /** Titles of cases that cannot hold here, each with its reason. */
  readonly unsupported?: Readonly<Record<string, string>>;
  /** What it needs to be told, to have something to tell. */
  readonly about?: Partial<News>;
}

export const SUCCESS: News = {
  outcome: "success",
  name: "ghcr.io/acme/web",
  version: "1.2.3",
  reference: `ghcr.io/acme/web@sha256:${"a".repeat(64)}`,
  revision: "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5",
  branch: "main",
  trigger: { who: "ada", what: "push" },
  ms: 63_400,
  tags: ["1.2.3", "1.2"],
  runUrl: "https://ci.example/runs/7",
};

export const FAILURE: News = {
  ...SUCCESS,
  outcome: "failure",
  tags: [],
  failure: {
    stage: "verify",
    cause: "web: nothing answered on port 8080",
    lines: ["starting", "  cannot read settings.json"],
    hint: "add the file to the image",
  },
};

/** What every notifier keeps, to be run over each implementation. */
export function notifierContract(
  kind: string,
  start: () => Promise<Receiver>,
  { unsupported = {}, about = {} }: ContractOptions = {},
): void {
  const cases: Case[] = [];
  const fact: Fact = (title, check) => cases.push({ title, check });
  for (const family of [textCases, retryCases, secretCases]) family(fact);
  const unknown = Object.keys(unsupported).filter((title) => !cases.some((one) => one.title === title));
  if (unknown.length > 0) throw new Error(`no such case in the contract: ${unknown.join(", ")}`);

  describe(`${kind} as a notifier`, () => {
    it.for(cases)("$title", async ({ title, check }, { skip }) => {
      skip(Object.hasOwn(unsupported, title), unsupported[title]);
      expect.hasAssertions();
      await using receiver = await start();
      const clock = new TestClock();
      const { signal } = new AbortController();
      const tell = (news: News, more: Partial<NotifyTools> = {}, until = signal): Promise<void> =>
        receiver.notifier({ clock, ...more }).notify({ ...news, ...about }, until);
      await check({ receiver, clock, tell });
    });
  });
}

interface Scene {
  readonly receiver: Receiver;
  readonly clock: TestClock;
  readonly tell: (news: News, more?: Partial<NotifyTools>, until?: AbortSignal) => Promise<void>;
}

type Fact = (title: string, check: (scene: Scene) => Promise<void>) => void;

interface Case {
  readonly title: string;
  readonly check: (scene: Scene) => Promise<void>;
}

function textCases(fact: Fact): void {
  fact("tells of a success once, with its version", async ({ receiver, tell }) => {
    await tell(SUCCESS);
    expect(receiver.received()).toEqual([expect.stringContaining("1.2.3")]);
  });

  fact("says of a failure which stage it was and the cause", async ({ receiver, tell }) => {
    await tell(FAILURE);
    const [text] = receiver.received();
    expect(text).toContain("failed at verify");
    expect(text).toContain("web: nothing answered on port 8080");
  });

  fact("says of a failure the last lines and the next step", async ({ receiver, tell }) => {
    await tell(FAILURE);
    const [text] = receiver.received();
    expect(text).toContain("starting\n");
    expect(text).toContain("  cannot read settings.json");
    expect(text).toContain("add the file to the image");
  });

  fact("names the page of the run", async ({ receiver, tell }) => {
    await tell(FAILURE);
    expect(receiver.received()[0]).toContain("https://ci.example/runs/7");
  });

  fact("says of a recovery that it is one", async ({ receiver, tell }) => {
    await tell({ ...SUCCESS, outcome: "recovery" });
    expect(receiver.received()).toEqual([expect.stringContaining("recovered")]);
  });

  fact("passes on no control character and no line end in a name", async ({ receiver, tell }) => {
    await tell({ ...SUCCESS, version: "1.2.3\r\nBcc: eve@example.com\n\n\u001B[31mred\u0007" });
    const [text] = receiver.received();
    expect(text).toContain("1.2.3 Bcc: eve@example.com red");
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });

  fact("takes a failure of any length", async ({ receiver, tell }) => {
    const long = "<&`*é𝒳".repeat(2000);
    const lines = Array.from({ length: 500 }, () => long);
    await tell({ ...FAILURE, failure: { stage: "build", cause: long, lines, hint: long } });
    expect(receiver.received()).toHaveLength(1);
    expect(receiver.received()[0]!.length).toBeLessThan(30_000);
  });
}

function retryCases(fact: Fact): void {
  fact("tries again while the receiver is busy, after growing waits", async ({ receiver, clock, tell }) => {
    receiver.fail("busy", "busy");
    await tell(SUCCESS);
    expect(receiver.received()).toHaveLength(1);
    expect(clock.slept).toEqual([250, 500]);
  });

  fact(
    "waits as long as it is asked to, and by chance a little longer",
    async ({ receiver, clock, tell }) => {
      receiver.fail("slow");
      await tell(SUCCESS);
      expect(receiver.received()).toHaveLength(1);
      expect(clock.slept).toEqual([7250]);
    },
  );

  fact("tries again when the connection is lost", async ({ receiver, clock, tell }) => {
    receiver.fail("lost");
    await tell(SUCCESS);
    expect(receiver.received()).toHaveLength(1);
    expect(clock.slept).toEqual([250]);
  });

  fact("gives up on a receiver that stays busy", async ({ receiver, tell }) => {
    receiver.fail(...Array.from({ length: 9 }, (): Fault => "busy"));
    await expect(tell(SUCCESS)).rejects.toMatchObject({ code: "notify-failed", retryable: true });
    expect(receiver.asked()).toBe(4);
  });

  fact("does not try again what was refused", async ({ receiver, clock, tell }) => {
    receiver.fail("refused");
    await expect(tell(SUCCESS)).rejects.toMatchObject({ code: "notify-failed", retryable: false });
    expect(receiver.asked()).toBe(1);
    expect(clock.slept).toEqual([]);
  });

  fact("stops when the signal fires between two tries", async ({ receiver, tell }) => {
    receiver.fail("busy");
    const controller = new AbortController();
    const clock = new (class extends TestClock {
      override sleep(): Promise<void> {
        controller.abort();
        return Promise.resolve();
      }
    })();
    await expect(tell(SUCCESS, { clock }, controller.signal)).rejects.toMatchObject({ code: "aborted" });
    expect(receiver.asked()).toBe(1);
  });

  fact("does not begin when the signal has fired", async ({ receiver, tell }) => {
    await expect(tell(SUCCESS, {}, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
    expect(receiver.asked()).toBe(0);
  });
}

function secretCases(fact: Fact): void {
  const shown = async (telling: Promise<void>): Promise<string> =>
    telling.then(
      () => "nothing failed",
      (error: unknown) => inspect(error, { depth: 9, showHidden: true }),
    );

  fact("shows no secret when it is refused", async ({ receiver, tell }) => {
    receiver.fail("refused");
    const text = await shown(tell(SUCCESS));
    expect(text).toContain("notify-failed");
    expect(text).not.toContain(receiver.secret);
  });

  fact("shows no secret when nobody is there", async ({ receiver, tell }) => {
    await receiver[Symbol.asyncDispose]();
    const text = await shown(tell(SUCCESS));
    expect(text).toContain("connection refused");
    expect(text).not.toContain(receiver.secret);
  });

  fact("shows no secret in its name", async ({ receiver, clock }) => {
    const { name } = receiver.notifier({ clock });
    expect(name).not.toContain(receiver.secret);
    await Promise.resolve();
  });

  fact("strikes secrets out of what it tells", async ({ receiver, tell }) => {
    const failure = { stage: "build", cause: `fetched with hunter22 and ${receiver.secret}`, lines: [] };
    await tell({ ...FAILURE, failure }, { secrets: [new Secret("hunter22")] });
    expect(receiver.received()).toEqual([expect.stringContaining("fetched with *** and ***")]);
  });
}
