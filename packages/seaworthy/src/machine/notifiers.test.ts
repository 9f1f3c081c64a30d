import { TestClock, serve } from "@seaworthy/oci/testing";
import type { News } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { startGitHubApi } from "../../../release/test/github-api.ts";
import { startMailServer } from "../../../release/test/mail-server.ts";
import { schema } from "../config/schema.ts";
import { notifiersOf, runUrlOf } from "./notifiers.ts";

const { signal } = new AbortController();

function opened(env: Readonly<Record<string, string>>, ...notify: readonly object[]) {
  return notifiersOf({ env }, schema.parse({ notify }).notify, new TestClock());
}

const news: News = {
  outcome: "failure",
  name: "ghcr.io/acme/web",
  version: "1.2.3",
  revision: "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5",
  trigger: { who: "ada", what: "push" },
  ms: 1000,
  tags: [],
  failure: { stage: "build", cause: "npm said npm_3f9a7cdd1 is no token", lines: [] },
};

describe("notifiersOf", () => {
  it("takes addresses, headers and keys out of the environment", async () => {
    await using server = await serve((_, response) => void response.end());
    const env = { HOOK: `http://${server.host}/in\n`, AUTH: "Bearer t", KEY: "k" };
    const { notifiers, warnings } = opened(env, {
      kind: "webhook",
      url: { env: "HOOK" },
      headers: { authorization: { env: "AUTH" }, "x-team": "ops" },
      secret: { env: "KEY" },
    });
    await notifiers[0]!.notify(news, signal);
    expect(warnings).toEqual([]);
    expect(server.seen[0]!.headers).toMatchObject({
      authorization: "Bearer t",
      "x-team": "ops",
      "x-hub-signature-256": expect.stringMatching(/^sha256=/) as string,
    });
  });

  it("logs in to a mail server with the password of the environment", async () => {
    await using server = await startMailServer({ password: "3f9a7cdd" });
    const [from, to] = ["ci@acme.example", ["ops@acme.example"]];
    const mail = { kind: "email", host: "127.0.0.1", port: server.port, tls: "none", from, to };
    const env = { SMTP_PASSWORD: "3f9a7cdd" };
    const { notifiers } = opened(env, { ...mail, user: "ci", password: { env: "SMTP_PASSWORD" } }, mail);
    await notifiers[0]!.notify(news, signal);
    expect(server.logins).toEqual(["ci:3f9a7cdd"]);
  });

  it("finds GitHub where the workflow says that it is", async () => {
    await using api = await startGitHubApi({ prefix: "/api/v3" });
    const env = { GITHUB_TOKEN: api.token, GITHUB_REPOSITORY: api.repository, GITHUB_API_URL: api.url };
    const { notifiers } = opened(env, { kind: "github" });
    expect(notifiers.map(({ name }) => name)).toEqual([
      "github status acme/web",
      "github deployment acme/web",
    ]);
    await notifiers[0]!.notify(news, signal);
    expect(api.statuses).toMatchObject([{ state: "failure" }]);
  });

  it("hides in what is told what a CI would hide in its log", async () => {
    await using server = await serve((_, response) => void response.end());
    const env = {
      NPM_TOKEN: "npm_3f9a7cdd1",
      MY_TOKEN: "web",
      NPM_TOKEN_FILE: "/ghcr.io/acme",
      NAME: "ghcr.io/acme/web",
    };
    const { notifiers } = opened(env, { kind: "webhook", url: `http://${server.host}/` });
    await notifiers[0]!.notify(news, signal);
    expect(JSON.parse(server.seen[0]!.body.toString())).toMatchObject({
      name: "ghcr.io/acme/web",
      failure: { cause: "npm said *** is no token" },
    });
  });

  const github = { GITHUB_TOKEN: "t", GITHUB_REPOSITORY: "acme/web" };
  const slack = { kind: "slack", url: { env: "SLACK_WEBHOOK" } };
  it.each<[string, Record<string, string>, object, string]>([
    ["a variable that is missing", {}, slack, "slack: SLACK_WEBHOOK is not set"],
    ["a secret that a fork has not", { SLACK_WEBHOOK: "" }, slack, "slack: SLACK_WEBHOOK is not set"],
    [
      "an address that is none",
      { SLACK_WEBHOOK: "T0/B0/XyZ3f9a7cdd" },
      slack,
      "slack: expected an https address, found something else",
    ],
    ["a laptop without a token", {}, { kind: "github" }, "github: GITHUB_TOKEN is not set"],
    [
      "a laptop with a token",
      { GITHUB_TOKEN: github.GITHUB_TOKEN },
      { kind: "github" },
      "github: GITHUB_REPOSITORY is not set",
    ],
  ])("leaves out, with one warning, %s", (_, env, entry, warning) => {
    const { notifiers, warnings } = opened(env, entry, { kind: "webhook", url: "https://ci.example/in" });
    expect(warnings).toEqual([`notify[0]: ${warning}; nobody is told there`]);
    expect(notifiers.map(({ name }) => name)).toEqual(["webhook ci.example"]);
  });
});

describe("runUrlOf", () => {
  const github = {
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "acme/web",
    GITHUB_RUN_ID: "7",
  };
  it.each<[string, Record<string, string>, string | undefined]>([
    ["GitHub", github, "https://github.com/acme/web/actions/runs/7"],
    [
      "GitLab",
      { CI_JOB_URL: "https://gitlab.com/acme/web/-/jobs/7" },
      "https://gitlab.com/acme/web/-/jobs/7",
    ],
    ["a laptop", {}, undefined],
    ["a laptop that plays GitHub", { GITHUB_ACTIONS: "true" }, undefined],
    ["something that is no address", { CI_JOB_URL: "javascript:alert(1)" }, undefined],
  ])("of %s", (_, env, expected) => {
    expect(runUrlOf(env)).toBe(expected);
  });
});
