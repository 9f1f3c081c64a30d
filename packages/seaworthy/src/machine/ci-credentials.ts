import { Secret } from "@seaworthy/oci";
import type { Credential, Credentials } from "@seaworthy/oci/remote";

type Env = Readonly<Record<string, string | undefined>>;

interface Given {
  readonly registry: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/**
 * What a CI hands to its jobs for the registry beside it, so that no step has to log in: on GitHub Actions the token of
 * the job for ghcr.io, on GitLab the variables of its registry. For that one registry and for no other.
 */
export function ciCredentials(env: Env): Credentials {
  const found = [gitHub(env), gitLab(env)].flatMap((given) => given ?? []);
  return {
    find: (registry) => Promise.resolve(credentialOf(found.find((given) => given.registry === registry))),
  };
}

/** The token is in the environment where the workflow puts it there: `env: GITHUB_TOKEN: ${{ github.token }}`. */
function gitHub(env: Env): Given | undefined {
  if (env["GITHUB_ACTIONS"] !== "true") return undefined;
  return { registry: "ghcr.io", username: env["GITHUB_ACTOR"], password: env["GITHUB_TOKEN"] };
}

/** https://docs.gitlab.com/ci/variables/predefined_variables/ */
function gitLab(env: Env): Given | undefined {
  if (env["GITLAB_CI"] !== "true") return undefined;
  return {
    registry: env["CI_REGISTRY"],
    username: env["CI_REGISTRY_USER"],
    password: env["CI_REGISTRY_PASSWORD"],
  };
}

function credentialOf(given: Given | undefined): Credential | undefined {
  if (!given?.username || !given.password) return undefined;
  return { kind: "basic", username: given.username, password: new Secret(given.password) };
}
