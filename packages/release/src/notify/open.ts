import type { Secret } from "@seaworthy/oci";
import { cleaned } from "./clean.ts";
import { type EmailConfig, email } from "./email.ts";
import { type GitHubAccess, githubClient } from "./github-client.ts";
import { githubDeployment } from "./github-deployment.ts";
import { githubStatus } from "./github-status.ts";
import type { Notifier, Outcome } from "./notifier.ts";
import { only } from "./only.ts";
import type { NotifyTools } from "./persist.ts";
import { type SlackConfig, slack, slackSecrets } from "./slack.ts";
import { type WebhookConfig, webhook, webhookSecrets } from "./webhook.ts";

/** `on`: which outcomes are told; default all. GitHub is told everything: what was started must be seen to end. */
export type NotifierConfig =
  | ((WebhookConfig | SlackConfig | EmailConfig) & { readonly on?: readonly Outcome[] | undefined })
  | GitHubConfig;

export interface GitHubConfig extends GitHubAccess {
  readonly kind: "github";
  /** Default true. */
  readonly status?: boolean;
  /** Default true. */
  readonly deployment?: boolean;
}

const OUTCOMES: readonly Outcome[] = ["success", "failure", "recovery"];

/**
 * The notifiers of one entry of a config. Nothing is asked of the network yet.
 * @throws ReleaseError `notify-failed` where an address, a header or a name is none
 */
export function openNotifiers(config: NotifierConfig, tools: NotifyTools): readonly Notifier[] {
  const secrets = [...ownSecrets(config), ...(tools.secrets ?? [])];
  return open(config, tools).map((notifier) => {
    const clean = cleaned(notifier, secrets);
    return config.kind === "github" ? clean : only(clean, config.on ?? OUTCOMES);
  });
}

function open(config: NotifierConfig, tools: NotifyTools): readonly Notifier[] {
  switch (config.kind) {
    case "webhook":
      return [webhook(config, tools)];
    case "slack":
      return [slack(config, tools)];
    case "email":
      return [email(config, tools)];
    case "github": {
      const client = githubClient(config, tools);
      const { status = true, deployment = true } = config;
      return [...(status ? [githubStatus(client)] : []), ...(deployment ? [githubDeployment(client)] : [])];
    }
  }
}

function ownSecrets(config: NotifierConfig): readonly Secret[] {
  switch (config.kind) {
    case "webhook":
      return webhookSecrets(config);
    case "slack":
      return slackSecrets(config);
    case "email":
      return config.password === undefined ? [] : [config.password];
    case "github":
      return [config.token];
  }
}
