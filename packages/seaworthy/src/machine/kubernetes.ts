import { resolve } from "node:path";
import type { Target } from "@seaworthy/deploy";
import { kubernetesTarget } from "@seaworthy/deploy/kubernetes";
import type { ParsedEnvironment } from "../config/environments-schema.ts";
import type { Machine } from "./machine.ts";

type KubernetesConfig = NonNullable<ParsedEnvironment["kubernetes"]> &
  Pick<ParsedEnvironment, "checks" | "within">;

export function openKubernetes(
  environment: string,
  { manifests, kubeconfig, namespace, context, images, hold, checks, within }: KubernetesConfig,
  root: string,
  { env }: Machine,
): Target {
  const settings = {
    environment,
    manifests: resolve(root, manifests),
    images,
    hold,
    checks,
    within,
    ...(namespace === undefined ? {} : { namespace }),
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(root, kubeconfig) }),
  };
  return kubernetesTarget(settings, { env });
}
