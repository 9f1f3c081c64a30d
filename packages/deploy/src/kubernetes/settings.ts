import type { Clock } from "@seaworthy/oci";
import type { HttpCheck } from "../http-check.ts";

/** What a user says of an environment in a cluster. Times in milliseconds. */
export interface KubernetesSettings {
  /** Its name, as in the config: `staging`. What we apply is labelled with it. */
  readonly environment: string;
  /** A file or a folder of manifests, or a folder with a kustomization; absolute. */
  readonly manifests: string;
  /** That of the context where it is left out. It must be there already. */
  readonly namespace?: string;
  /** The current one of the kubeconfig where it is left out. */
  readonly context?: string;
  /** Absolute; where it is left out as kubectl finds it: `KUBECONFIG`, `~/.kube/config`, in the cluster. */
  readonly kubeconfig?: string;
  /** Names of images in the manifests that stand for the one that is deployed; its own name always does. */
  readonly images?: readonly string[];
  /** Must pass, asked from here, before and throughout the hold time. */
  readonly checks?: readonly HttpCheck[];
  /** How long it must have run without a restart. */
  readonly hold?: number;
  /** How long it may take to become healthy; the signal of a call may end it earlier. */
  readonly within?: number;
}

export interface KubernetesTools {
  /** For `KUBECONFIG`, `HOME`, `PATH`, `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  /** Milliseconds between two looks at a rollout. */
  readonly interval?: number;
}
