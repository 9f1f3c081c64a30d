import { ReleaseError } from "../error.ts";
import type { GitHubClient } from "./github-client.ts";
import { describe } from "./github-status.ts";
import type { News, Notifier } from "./notifier.ts";

/**
 * GitHub's deployments: one is made when it starts, and told how it ended. What is no deployment (no environment, no
 * revision) is not its news. One notifier serves one run: it remembers what it has made.
 */
export function githubDeployment(client: GitHubClient): Notifier {
  const made = new Map<string, number>();
  return {
    name: `github deployment ${client.repository}`,
    async notify(news, signal) {
      const { revision, environment, runUrl } = news;
      if (revision === undefined || environment === undefined) return;
      const key = `${environment.name} ${revision}`;
      const id = made.get(key) ?? (await create(client, news, signal));
      made.set(key, id);
      const body = {
        state: stateOf(news),
        description: describe(news),
        ...(runUrl === undefined ? {} : { log_url: runUrl }),
        ...(environment.url === undefined ? {} : { environment_url: environment.url }),
      };
      await client.post({ path: `deployments/${id}/statuses`, body, permission: "deployments" }, signal);
    },
  };
}

/** GitHub is not to merge anything, nor to wait for other checks: it is told of a deployment, not asked for one. */
async function create(client: GitHubClient, news: News, signal: AbortSignal): Promise<number> {
  const { revision, environment, version, reference } = news;
  const body = {
    ref: revision,
    environment: environment?.name,
    description: describe({ ...news, outcome: "started" }),
    auto_merge: false,
    required_contexts: [],
    payload: { version, ...(reference === undefined ? {} : { reference }) },
  };
  const answer = await client.post({ path: "deployments", body, permission: "deployments" }, signal);
  const { id } = (answer ?? {}) as { readonly id?: unknown };
  if (typeof id === "number" && Number.isSafeInteger(id)) return id;
  throw new ReleaseError(
    "notify-failed",
    `github deployment ${client.repository}: expected its id, found none`,
  );
}

function stateOf({ outcome }: News): "in_progress" | "success" | "failure" {
  switch (outcome) {
    case "started":
      return "in_progress";
    case "success":
    case "recovery":
      return "success";
    case "failure":
      return "failure";
  }
}
