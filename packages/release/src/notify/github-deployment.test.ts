import { Secret } from "@seaworthy/oci";
import { TestClock } from "@seaworthy/oci/testing";
import { describe, expect, it } from "vitest";
import { type GitHubApi, startGitHubApi } from "../../test/github-api.ts";
import { HTTP_FAULTS } from "../../test/http-receiver.ts";
import type { News, Notifier } from "./notifier.ts";
import { FAILURE, SUCCESS, notifierContract } from "./notifier.contract.ts";
import { openNotifiers } from "./open.ts";
import type { NotifyTools } from "./persist.ts";

const { signal } = new AbortController();
const environment = { name: "production", url: "https://acme.example" };
const DEPLOYED: News = { ...SUCCESS, environment };

function notifierAt({ url, repository, token }: GitHubApi, tools: NotifyTools): Notifier {
  const access = { apiUrl: url, repository, token: new Secret(token) };
  return openNotifiers({ kind: "github", ...access, status: false }, tools)[0]!;
}

notifierContract(
  "github deployment",
  async () => {
    const api = await startGitHubApi();
    return {
      notifier: (tools) => notifierAt(api, tools),
      received: () =>
        api.deployments.map((deployment) =>
          deployment.statuses.map((status) => Object.values(status).join("\n")).join("\n"),
        ),
      asked: () => api.seen.length,
      fail: (...faults) => api.interrupt(...faults.map((fault) => HTTP_FAULTS[fault])),
      secret: api.token,
      [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
    };
  },
  {
    about: { environment },
    unsupported: {
      "says of a failure the last lines and the next step":
        "a status holds 140 characters; its link leads to the rest",
    },
  },
);

describe("github deployment", () => {
  it("is made when it starts, and told how it ended", async () => {
    await using api = await startGitHubApi();
    const notifier = notifierAt(api, { clock: new TestClock() });
    await notifier.notify({ ...DEPLOYED, outcome: "started" }, signal);
    await notifier.notify(DEPLOYED, signal);
    expect(api.deployments).toEqual([
      {
        id: expect.any(Number) as number,
        ref: SUCCESS.revision,
        environment: "production",
        description: "1.2.3",
        auto_merge: false,
        required_contexts: [],
        payload: { version: "1.2.3", reference: SUCCESS.reference },
        statuses: [
          {
            state: "in_progress",
            description: "1.2.3",
            log_url: "https://ci.example/runs/7",
            environment_url: "https://acme.example",
          },
          {
            state: "success",
            description: "1.2.3 in 1 min 03 s",
            log_url: "https://ci.example/runs/7",
            environment_url: "https://acme.example",
          },
        ],
      },
    ]);
  });

  it("is made at the end where its start could not be told", async () => {
    await using api = await startGitHubApi();
    const notifier = notifierAt(api, { clock: new TestClock() });
    api.interrupt(HTTP_FAULTS.refused);
    const started = notifier.notify({ ...DEPLOYED, outcome: "started" }, signal);
    await expect(started).rejects.toMatchObject({ code: "notify-failed" });
    await notifier.notify({ ...FAILURE, environment }, signal);
    expect(api.deployments.map(({ statuses }) => statuses)).toMatchObject([[{ state: "failure" }]]);
  });

  it("is not made twice where only its status could not be told", async () => {
    await using api = await startGitHubApi();
    const notifier = notifierAt(api, { clock: new TestClock() });
    await notifier.notify({ ...DEPLOYED, outcome: "started" }, signal);
    api.interrupt(HTTP_FAULTS.refused);
    await expect(notifier.notify(DEPLOYED, signal)).rejects.toMatchObject({ code: "notify-failed" });
    await notifier.notify(DEPLOYED, signal);
    expect(api.deployments).toHaveLength(1);
  });

  it("is one for each environment", async () => {
    await using api = await startGitHubApi();
    const notifier = notifierAt(api, { clock: new TestClock() });
    await notifier.notify(DEPLOYED, signal);
    await notifier.notify({ ...DEPLOYED, environment: { name: "staging" } }, signal);
    expect(api.deployments).toMatchObject([{ environment: "production" }, { environment: "staging" }]);
  });

  it("has nothing to say of a release that goes nowhere, nor without a commit", async () => {
    await using api = await startGitHubApi();
    const notifier = notifierAt(api, { clock: new TestClock() });
    const { revision: _, ...unknown } = DEPLOYED;
    await notifier.notify(SUCCESS, signal);
    await notifier.notify(unknown, signal);
    expect(api.seen).toEqual([]);
  });

  it("names the permission that is missing", async () => {
    await using api = await startGitHubApi({ writes: ["statuses"] });
    const telling = notifierAt(api, { clock: new TestClock() }).notify(DEPLOYED, signal);
    await expect(telling).rejects.toMatchObject({
      message: expect.stringContaining("403 Resource not accessible by integration") as string,
      hint: 'give the job "permissions: deployments: write"; runs of forks never have it',
    });
  });

  it("says so where the answer has no id", async () => {
    await using api = await startGitHubApi();
    api.interrupt((_, response) => void response.writeHead(201).end("{}"));
    const telling = notifierAt(api, { clock: new TestClock() }).notify(DEPLOYED, signal);
    await expect(telling).rejects.toMatchObject({
      message: "github deployment acme/web: expected its id, found none",
    });
  });
});
