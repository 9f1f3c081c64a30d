export type { KubernetesSettings, KubernetesTools } from "./settings.ts";
export { kubernetesTarget } from "./target.ts";
