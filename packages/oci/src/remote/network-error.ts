import { OciError } from "../error.ts";
import { isRetryableStatus } from "../retry.ts";
import type { RegistryRequest } from "./transport.ts";

/** Why there was no answer. */
export interface NetworkFault {
  readonly says: string;
  readonly hint?: string;
  readonly retryable: boolean;
}

const LOST: NetworkFault = { says: "the connection was lost", retryable: true };
const SILENT: NetworkFault = { says: "no answer in time", retryable: true };

/** By `code` of the errors of Node's sockets and of undici. Not listed: not worth another try. */
const FAULTS: Readonly<Record<string, NetworkFault>> = {
  ECONNREFUSED: {
    says: "connection refused",
    hint: "check that a server listens there and that the port is right",
    retryable: true,
  },
  ECONNRESET: LOST,
  EPIPE: LOST,
  UND_ERR_SOCKET: LOST,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: LOST,
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: { says: "the content is not as long as announced", retryable: false },
  ETIMEDOUT: SILENT,
  UND_ERR_CONNECT_TIMEOUT: SILENT,
  UND_ERR_HEADERS_TIMEOUT: SILENT,
  UND_ERR_BODY_TIMEOUT: SILENT,
  ENETUNREACH: { says: "network unreachable", retryable: true },
  EHOSTUNREACH: { says: "host unreachable", retryable: true },
  EAI_AGAIN: {
    says: "the name could not be looked up now",
    hint: "check the name server and the network",
    retryable: true,
  },
  ENOTFOUND: { says: "no such host", hint: "check the host's name", retryable: false },
  HPE_INVALID_CONSTANT: { says: "the answer is not HTTP", retryable: false },
};

const UNTRUSTED: NetworkFault = {
  says: "its certificate is not trusted",
  hint: "name the authority's certificate in NODE_EXTRA_CA_CERTS",
  retryable: false,
};

function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    // A connection tried over IPv6 and IPv4 fails as an AggregateError; each part tells the same story.
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return "";
}

/** undici tells the status of a proxy's refusal in its words only. */
function refusedByProxy(error: unknown): NetworkFault | undefined {
  const status = error instanceof Error ? /^Proxy response \((\d{3})\)/.exec(error.message)?.[1] : undefined;
  if (status === undefined) return undefined;
  return {
    says: `the proxy answered ${status}`,
    hint: "check HTTPS_PROXY, its credentials and NO_PROXY",
    retryable: isRetryableStatus(Number(status)),
  };
}

/** What Node's sockets or undici threw, in words that name no address. */
export function networkFault(error: unknown): NetworkFault {
  const proxy = refusedByProxy(error);
  if (proxy !== undefined) return proxy;
  const code = codeOf(error);
  const known = FAULTS[code];
  if (known !== undefined) return known;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code)) return UNTRUSTED;
  if (code.startsWith("ERR_SSL") || code.startsWith("EPROTO")) {
    return {
      says: "the answer is not TLS",
      hint: "allow plain HTTP there if that is what it speaks",
      retryable: false,
    };
  }
  return {
    says: code === "" ? (error instanceof Error ? error.message : "no connection") : code,
    retryable: false,
  };
}

/** `https://host:443` as `host:443`: what a user can try to reach. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
}

/** Method, host and path. Queries are left out: upload locations and redirect targets carry secrets there. */
export function describeRequest({ method, url }: Pick<RegistryRequest, "method" | "url">): string {
  return `${method} ${url.host}${url.pathname}`;
}

/** What undici threw, as an error of ours; errors that are ours already pass through. */
export function networkError(
  request: Pick<RegistryRequest, "method" | "url" | "signal">,
  error: unknown,
): OciError {
  if (error instanceof OciError) return error;
  if (request.signal?.aborted === true) return aborted(request, request.signal);
  const { says, hint, retryable } = networkFault(error);
  return new OciError("network", `${describeRequest(request)}: ${says} (${hostAndPort(request.url)})`, {
    cause: error,
    retryable,
    ...(hint === undefined ? {} : { hint }),
  });
}

export function aborted(request: Pick<RegistryRequest, "method" | "url">, signal: AbortSignal): OciError {
  return new OciError("aborted", `${describeRequest(request)}: stopped`, { cause: signal.reason });
}
