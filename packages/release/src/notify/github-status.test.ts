import { TestClock, serve } from "@seaworthy/oci/testing";
import { Secret } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { type GitHubApi, type GitHubApiOptions, startGitHubApi } from "../../test/github-api.ts";
import { HTTP_FAULTS } from "../../test/http-receiver.ts";
import type { News, Notifier } from "./notifier.ts";
import { FAILURE, SUCCESS, notifierContract } from "./notifier.contract.ts";
import { openNotifiers } from "./open.ts";
import type { NotifyTools } from "./persist.ts";

const { signal } = new AbortController();
const revision = SUCCESS.revision!;

function notifierAt({ url, repository, token }: GitHubApi, tools: NotifyTools): Notifier {
  const access = { apiUrl: url, repository, token: new Secret(token) };
  return openNotifiers({ kind: "github", ...access, deployment: false }, tools)[0]!;
}

notifierContract(
  "github status",
  async () => {
    const api = await startGitHubApi();
    return {
      notifier: (tools) => notifierAt(api, tools),
      received: () => api.statuses.map((status) => Object.values(status).join("\n")),
      asked: () => api.seen.length,
      fail: (...faults) => api.interrupt(...faults.map((fault) => HTTP_FAULTS[fault])),
      secret: api.token,
      [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
    };
  },
  {
    unsupported: {
      "says of a failure the last lines and the next step":
        "a status holds 140 characters; its link leads to the rest",
    },
  },
);

/** One status as GitHub keeps it. */
async function told(news: News): Promise<object | undefined> {
  await using api = await startGitHubApi();
  await notifierAt(api, { clock: new TestClock() }).notify(news, signal);
  return api.statuses[0];
}

describe("github status", () => {
  it.each<[News["outcome"], string, string]>([
    ["started", "pending", "1.2.3"],
    ["success", "success", "1.2.3 in 1 min 03 s"],
    ["recovery", "success", "recovered: 1.2.3 in 1 min 03 s"],
  ])("marks the commit: %s", async (outcome, state, description) => {
    expect(await told({ ...SUCCESS, outcome })).toEqual({
      sha: revision,
      state,
      context: "seaworthy",
      description,
      target_url: "https://ci.example/runs/7",
    });
  });

  it("marks a failure with stage and cause", async () => {
    expect(await told(FAILURE)).toMatchObject({
      state: "failure",
      description: "1.2.3 failed at verify: web: nothing answered on port 8080",
    });
  });

  it("keeps apart what is deployed and what is released", async () => {
    expect(await told({ ...SUCCESS, environment: { name: "production" } })).toMatchObject({
      context: "seaworthy/production",
    });
  });

  it("stays within GitHub's 140 characters", async () => {
    const cause = "a cause with é and 𝒳 ".repeat(20);
    const status = await told({ ...FAILURE, failure: { stage: "build", cause, lines: [] } });
    expect(status).toMatchObject({
      description: expect.stringMatching(/^1\.2\.3 failed at build: .*…$/) as string,
    });
  });

  it("has nothing to say where no commit is known", async () => {
    const { revision: _, ...news } = SUCCESS;
    expect(await told(news)).toBeUndefined();
  });

  it("speaks to an Enterprise server below its path", async () => {
    await using api = await startGitHubApi({ prefix: "/api/v3" });
    await notifierAt(api, { clock: new TestClock() }).notify(SUCCESS, signal);
    expect(api.seen[0]!.url).toBe(`/api/v3/repos/acme/web/statuses/${revision}`);
    expect(api.statuses).toHaveLength(1);
  });

  it.each<[string, GitHubApiOptions, string, string]>([
    [
      "the permission is missing",
      { writes: ["deployments"] },
      "403 Resource not accessible by integration",
      'give the job "permissions: statuses: write"; runs of forks never have it',
    ],
    [
      "the commit was not pushed",
      { commits: [] },
      "422 No commit found for SHA: ",
      "push the commit before it is released",
    ],
  ])("says what to do where %s", async (_, options, says, hint) => {
    await using api = await startGitHubApi(options);
    const telling = notifierAt(api, { clock: new TestClock() }).notify(SUCCESS, signal);
    await expect(telling).rejects.toMatchObject({
      message: expect.stringContaining(`/repos/acme/web/statuses/${revision}: ${says}`) as string,
      hint,
      retryable: false,
    });
    expect(api.seen).toHaveLength(1);
  });

  it.each([
    ["token", { token: "other" }, "401 Bad credentials", "give a token that is valid"],
    ["repository", { repository: "acme/other" }, "404 Not Found", "the token does not see this repository"],
  ])("says what to do about a wrong %s", async (_, wrong, says, hint) => {
    await using api = await startGitHubApi();
    const telling = notifierAt({ ...api, ...wrong }, { clock: new TestClock() }).notify(SUCCESS, signal);
    await expect(telling).rejects.toMatchObject({
      message: expect.stringContaining(says) as string,
      hint: expect.stringContaining(hint) as string,
    });
  });

  it("repeats what GitHub found wrong in a field", async () => {
    const telling = told({ ...SUCCESS, runUrl: "ci.example" });
    await expect(telling).rejects.toMatchObject({
      message: expect.stringContaining("422 Validation Failed: target_url must use http(s) scheme") as string,
    });
  });

  /** TestClock starts at this second. */
  const now = Date.parse("2026-01-01T00:00:00Z") / 1000;

  it.each<[string, number, Record<string, string>, number[]]>([
    ["a secondary limit", 403, { "retry-after": "3" }, [3250]],
    ["the hourly limit", 403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${now + 5}` }, [5250]],
    [
      "the hourly limit as 429",
      429,
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${now + 5}` },
      [5250],
    ],
    [
      "a limit whose time is over",
      403,
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${now - 5}` },
      [250],
    ],
  ])("waits for %s", async (_, status, headers, slept) => {
    await using api = await startGitHubApi();
    const clock = new TestClock();
    api.interrupt((_request, response) => void response.writeHead(status, headers).end("{}"));
    await notifierAt(api, { clock }).notify(SUCCESS, signal);
    expect(clock.slept).toEqual(slept);
    expect(api.statuses).toHaveLength(1);
  });

  it.each<[string, Record<string, string>, string]>([
    ["that lasts an hour", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${now + 3600}` }, "3600 s"],
    ["without a time", {}, "60 s"],
  ])("does not wait for a limit %s", async (_, headers, time) => {
    await using api = await startGitHubApi();
    const clock = new TestClock();
    const message = "You have exceeded a secondary rate limit";
    api.interrupt(
      (_request, response) => void response.writeHead(403, headers).end(JSON.stringify({ message })),
    );
    await expect(notifierAt(api, { clock }).notify(SUCCESS, signal)).rejects.toMatchObject({
      message: expect.stringContaining(message) as string,
      hint: `GitHub's limit is reached for ${time}`,
    });
    expect(clock.slept).toEqual([]);
  });

  it("makes sense of an answer that is none of GitHub's", async () => {
    await using server = await serve((_, response) => void response.writeHead(406).end("<html>"));
    const access = { apiUrl: `http://${server.host}`, repository: "acme/web", token: new Secret("t") };
    const [notifier] = openNotifiers({ kind: "github", ...access }, { clock: new TestClock() });
    await expect(notifier!.notify(SUCCESS, signal)).rejects.toMatchObject({
      message: `POST ${server.host}/repos/acme/web/statuses/${revision}: 406`,
    });
  });

  it.each(["acme", "acme/web/x", "../web", "acme/..", "acme/web?x", ""])(
    "refuses %j as a repository",
    (repository) => {
      const access = { apiUrl: "https://api.github.com", repository, token: new Secret("t") };
      expect(() => openNotifiers({ kind: "github", ...access }, { clock: new TestClock() })).toThrow(
        "github: expected a repository owner/name, found",
      );
    },
  );

  it("takes names as GitHub has them", () => {
    const access = { apiUrl: "https://api.github.com", repository: "a.c-me/.github", token: new Secret("t") };
    const names = openNotifiers({ kind: "github", ...access }, { clock: new TestClock() }).map(
      ({ name }) => name,
    );
    expect(names).toEqual(["github status a.c-me/.github", "github deployment a.c-me/.github"]);
  });

  it("sends a token over TLS alone", () => {
    const access = { apiUrl: "http://github.example/api/v3", repository: "a/b", token: new Secret("t") };
    expect(() => openNotifiers({ kind: "github", ...access }, { clock: new TestClock() })).toThrow(
      "github: expected an https address, found one with http",
    );
  });
});
