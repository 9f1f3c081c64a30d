/** The one list that the manifests in `base` are written from: `node deploy/kubernetes/write.ts`. */
export interface Service {
  readonly name: string;
  readonly component: "gateway" | "agent";
  readonly cpu: string;
  readonly memory: { readonly request: string; readonly limit: string };
  /** A key of a Secret, as a file; the variable names the file. */
  readonly secret: { readonly name: string; readonly key: string; readonly variable: string };
}

const AGENTS =
  "worldsmith plotmaster outliner director characterexpert worldbuilder writer critic factchecker rewriter";

const gateway: Service = {
  name: "api-gateway",
  component: "gateway",
  cpu: "100m",
  memory: { request: "128Mi", limit: "256Mi" },
  secret: { name: "api-keys", key: "keys", variable: "API_KEYS_FILE" },
};

const agents = AGENTS.split(" ").map((name): Service => ({
  name: `agent-${name}`,
  component: "agent",
  cpu: "50m",
  memory: { request: "96Mi", limit: "256Mi" },
  secret: { name: "model", key: "api-key", variable: "MODEL_API_KEY_FILE" },
}));

export const SERVICES: readonly Service[] = [gateway, ...agents];
