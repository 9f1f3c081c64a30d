import { stringify } from "yaml";
import { SERVICES, type Service } from "./services.ts";

const PORT = 8000;
const SECRETS = "/run/secrets/infinite-scribe";
const USER = 65532;

const HEADER = `# Written by deploy/kubernetes/write.ts from the list in services.ts: change those.\n`;

/** Files of `base` by name. */
export function baseFiles(): Readonly<Record<string, string>> {
  const file = (component: Service["component"]): string => {
    const objects = SERVICES.filter((each) => each.component === component).flatMap(objectsOf);
    const documents = objects.map((object) =>
      stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }),
    );
    return HEADER + documents.join("---\n");
  };
  return { "api-gateway.yaml": file("gateway"), "agents.yaml": file("agent") };
}

function objectsOf(service: Service): readonly object[] {
  const objects = [deployment(service), clusterService(service), disruptionBudget(service)];
  return service.component === "gateway" ? [...objects, autoscaler(service)] : objects;
}

function metadata({ name, component }: Service): object {
  return {
    name,
    labels: {
      "app.kubernetes.io/name": name,
      "app.kubernetes.io/component": component,
      "app.kubernetes.io/part-of": "infinite-scribe",
    },
  };
}

function selector({ name }: Service): object {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "infinite-scribe" };
}

function deployment(service: Service): object {
  const { labels } = metadata(service) as { readonly labels: object };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(service),
    spec: {
      // Those of the gateway are its autoscaler's.
      ...(service.component === "gateway" ? {} : { replicas: 1 }),
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: 300,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: selector(service) },
      template: { metadata: { labels }, spec: podSpec(service) },
    },
  };
}

function podSpec(service: Service): object {
  const { secret } = service;
  return {
    serviceAccountName: "infinite-scribe",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // The pause before SIGTERM, and the 5 s in which the service ends its requests.
    terminationGracePeriodSeconds: 15,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selector(service) },
      },
    ],
    containers: [container(service)],
    volumes: [{ name: "secrets", secret: { secretName: secret.name, defaultMode: 0o440 } }],
  };
}

function container({ name, component, cpu, memory, secret }: Service): object {
  return {
    name: "app",
    // Stands for the released image: seaworthy puts the digest there.
    image: "infinite-scribe/backend",
    args: [name],
    ports: [{ name: "http", containerPort: PORT }],
    env: [{ name: secret.variable, value: `${SECRETS}/${secret.key}` }],
    envFrom: [{ configMapRef: { name: component === "gateway" ? "gateway" : "agents" } }],
    volumeMounts: [{ name: "secrets", mountPath: SECRETS, readOnly: true }],
    startupProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: {
      httpGet: { path: "/ready", port: "http" },
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 2,
    },
    livenessProbe: {
      httpGet: { path: "/health", port: "http" },
      periodSeconds: 10,
      timeoutSeconds: 3,
      failureThreshold: 3,
    },
    // Until everybody has heard that it takes no more connections.
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    // No limit on CPU: it would throttle where there is CPU to spare.
    resources: { requests: { cpu, memory: memory.request }, limits: { memory: memory.limit } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

function clusterService(service: Service): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(service),
    spec: { selector: selector(service), ports: [{ name: "http", port: PORT, targetPort: "http" }] },
  };
}

function disruptionBudget(service: Service): object {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(service),
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: selector(service) },
    },
  };
}

function autoscaler(service: Service): object {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadata(service),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: service.name },
      minReplicas: 1,
      maxReplicas: 2,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
        },
      ],
    },
  };
}
