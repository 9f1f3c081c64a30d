export const MANAGED_BY = "app.kubernetes.io/managed-by";
export const ENVIRONMENT = "seaworthy.dev/environment";

/** On all that we apply for an environment, and on its pods. */
export function environmentLabels(environment: string): Readonly<Record<string, string>> {
  return { [MANAGED_BY]: "seaworthy", [ENVIRONMENT]: environment };
}

export function environmentSelector(environment: string): string {
  return `${MANAGED_BY}=seaworthy,${ENVIRONMENT}=${environment}`;
}
