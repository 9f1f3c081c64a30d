import type { SandboxMount } from "@seaworthy/sandbox";

/**
 * RUN steps trust what the host trusts (ENGINE: a proxy that terminates TLS is common at work). The bundle is mounted
 * under /dev, which is the container's own tmpfs, so that no byte of it reaches a layer; binding it over
 * /etc/ssl/certs would break the installation of ca-certificates.
 */
const TARGET = "/dev/.seaworthy/ca-certificates.crt";

/** npm, Node, curl, git, pip, requests, cargo, Go and OpenSSL each look elsewhere. */
const VARIABLES = [
  "SSL_CERT_FILE",
  "NODE_EXTRA_CA_CERTS",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "REQUESTS_CA_BUNDLE",
  "PIP_CERT",
  "CARGO_HTTP_CAINFO",
  "npm_config_cafile",
] as const;

/** Where distributions keep the bundle; the first that exists is used. */
export const HOST_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
] as const;

export interface Trust {
  readonly mounts: readonly SandboxMount[];
  readonly env: Readonly<Record<string, string>>;
}

/** Neither part of the image's config nor of the cache key: the same step gives the same layer behind any proxy. */
export function trustOf(bundle: string | undefined): Trust {
  if (bundle === undefined) return { mounts: [], env: {} };
  return {
    mounts: [{ type: "bind", source: bundle, target: TARGET, readonly: true }],
    env: Object.fromEntries(VARIABLES.map((name) => [name, TARGET])),
  };
}
