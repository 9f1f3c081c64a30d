/** What a request came to. */
export interface Taken {
  readonly status: number;
  readonly body: object;
}

export interface Route {
  readonly method: string;
  /** Below the repository. */
  readonly path: RegExp;
  /** What a token must be allowed to write. */
  readonly permission: string;
  take(matched: readonly string[], fields: Readonly<Record<string, unknown>>): Taken;
}

type Fields = Readonly<Record<string, unknown>>;

/** What the server has been told. */
export interface Stored {
  readonly commits: readonly string[] | undefined;
  readonly statuses: (Fields & { readonly sha: string })[];
  readonly deployments: (Fields & { readonly id: number; readonly statuses: Fields[] })[];
}

/** https://docs.github.com/rest/commits/statuses */
export function statusRoutes({ commits, statuses }: Stored): readonly Route[] {
  return [
    {
      method: "POST",
      path: /^statuses\/([^/]+)$/,
      permission: "statuses",
      take([sha = ""], fields) {
        if (!isCommit(sha, commits)) return refuse(422, `No commit found for SHA: ${sha}`);
        const faults = faultsIn("Status", fields, {
          state: [required, oneOf("error", "failure", "pending", "success")],
          description: [text, atMost(140)],
          context: [text],
          target_url: [webAddress],
        });
        if (faults.length > 0) return invalid(faults);
        const status = { context: "default", ...fields, sha };
        statuses.push(status);
        return { status: 201, body: { id: statuses.length, ...status } };
      },
    },
  ];
}

/** https://docs.github.com/rest/deployments */
export function deploymentRoutes({ commits, deployments }: Stored): readonly Route[] {
  const permission = "deployments";
  return [
    {
      method: "POST",
      path: /^deployments$/,
      permission,
      take(_, fields) {
        const faults = faultsIn("Deployment", fields, {
          ref: [required, text],
          environment: [text],
          description: [text, atMost(140)],
          task: [text],
          auto_merge: [flag],
          required_contexts: [list],
          payload: [],
          production_environment: [flag],
          transient_environment: [flag],
        });
        if (faults.length > 0) return invalid(faults);
        if (!isCommit(String(fields["ref"]), commits))
          return refuse(422, `No ref found for: ${String(fields["ref"])}`);
        // Left out, GitHub waits for every check of the commit, ours among them.
        if (fields["required_contexts"] === undefined)
          return refuse(409, "Conflict: Commit status checks failed");
        const deployment = { ...fields, id: deployments.length + 7_000_000_001, statuses: [] };
        deployments.push(deployment);
        const { statuses: _none, ...shown } = deployment;
        return { status: 201, body: shown };
      },
    },
    {
      method: "POST",
      path: /^deployments\/(\d+)\/statuses$/,
      permission,
      take([id], fields) {
        const deployment = deployments.find((candidate) => String(candidate.id) === id);
        if (deployment === undefined) return refuse(404, "Not Found");
        const faults = faultsIn("DeploymentStatus", fields, {
          state: [
            required,
            oneOf("error", "failure", "inactive", "in_progress", "queued", "pending", "success"),
          ],
          description: [text, atMost(140)],
          log_url: [webAddress],
          environment_url: [webAddress],
          environment: [text],
          auto_inactive: [flag],
        });
        if (faults.length > 0) return invalid(faults);
        deployment.statuses.push(fields);
        return { status: 201, body: { id: deployment.statuses.length, ...fields } };
      },
    },
  ];
}

function isCommit(sha: string, commits: readonly string[] | undefined): boolean {
  return /^[0-9a-f]{40}$/.test(sha) && commits?.includes(sha) !== false;
}

export function refuse(status: number, message: string): Taken {
  return {
    status,
    body: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
  };
}

interface Fault {
  readonly resource: string;
  readonly code: string;
  readonly field: string;
  readonly message?: string;
}

export function invalid(errors: readonly Fault[]): Taken {
  const { status, body } = refuse(422, "Validation Failed");
  return { status, body: { ...body, errors } };
}

type Rule = (value: unknown) => string | undefined;

/** GitHub overlooks fields it does not know; here they are a fault, so that none is misspelt. */
export function faultsIn(
  resource: string,
  fields: Fields,
  known: Readonly<Record<string, readonly Rule[]>>,
): readonly Fault[] {
  const unknown = Object.keys(fields).filter((field) => !Object.hasOwn(known, field));
  const wrong = Object.entries(known).flatMap(([field, rules]) => {
    const value = fields[field];
    const checked = value === undefined ? rules.filter((rule) => rule === required) : rules;
    return checked.flatMap((rule) => {
      const message = rule(value);
      return message === undefined
        ? []
        : [{ resource, code: "custom", field, message: `${field} ${message}` }];
    });
  });
  return [...unknown.map((field) => ({ resource, code: "unknown_field", field })), ...wrong];
}

const required: Rule = (value) => (value === undefined ? "wasn't supplied" : undefined);
const text: Rule = (value) => (typeof value === "string" ? undefined : "is not a string");
const flag: Rule = (value) => (typeof value === "boolean" ? undefined : "is not a boolean");
const list: Rule = (value) => (Array.isArray(value) ? undefined : "is not an array");
const webAddress: Rule = (value) =>
  typeof value === "string" && /^https?:\/\/\S+$/.test(value) ? undefined : "must use http(s) scheme";
const oneOf =
  (...values: readonly unknown[]): Rule =>
  (value) =>
    values.includes(value) ? undefined : "is not included in the list";
/** Counted as Ruby does, in characters. */
const atMost =
  (most: number): Rule =>
  (value) =>
    Array.from(String(value)).length <= most ? undefined : `is too long (maximum is ${most} characters)`;
