import type { Tools } from "../tools.ts";
import type { Job } from "./jobs.ts";
import { AMD64 } from "./runners.ts";
import { sources } from "./steps.ts";

/** A push to the default branch, or of a release tag; other branches have images and no place. */
const WHEN = [
  "if: >-",
  "  github.event_name == 'push' && (startsWith(github.ref, 'refs/tags/v') ||",
  "  github.ref == format('refs/heads/{0}', github.event.repository.default_branch))",
];

/** One after the other, as the config has them: what did not become healthy in the first never reaches the next. */
export function deployJobs(environments: readonly string[], tools: Tools): readonly Job[] {
  return environments.map((name, at) => deployJob(name, environments[at - 1], tools));
}

function deployJob(name: string, before: string | undefined, tools: Tools): Job {
  const needs = before === undefined ? ["release"] : ["release", `deploy-${before}`];
  return {
    id: `deploy-${name}`,
    about: [
      "The digest that was released. Who has to approve it, from which branches it may come and what it is let in with",
      "are settings of the environment on GitHub.",
    ],
    keys: [
      `name: deploy to ${name}`,
      `needs: [${needs.join(", ")}]`,
      ...WHEN,
      `environment: ${name}`,
      "# One at a time; what has begun is to end.",
      "concurrency:",
      `  group: deploy-${name}`,
      "  cancel-in-progress: false",
      `runs-on: ${AMD64}`,
      "timeout-minutes: 30",
    ],
    permissions: [
      "contents: read",
      "packages: write # what came of it is written down beside the image",
      "# deployments: write # for notifications as deployments",
    ],
    outputs: false,
    steps: [
      // Nothing is built or tested here.
      ...sources(tools.locked ? tools : { ...tools, install: [] }),
      `- name: Deploy to ${name}`,
      `  run: ${tools.seaworthy} deploy ${name} "$DIGEST" --image "$IMAGE" --wait`,
      "  env:",
      "    DIGEST: ${{ needs.release.outputs.digest }}",
      "    GITHUB_TOKEN: ${{ github.token }}",
      "    # What the target asks for, of the secrets of the environment: a kubeconfig, a key for the host.",
    ],
  };
}
