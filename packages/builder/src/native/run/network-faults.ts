import { stripVTControlCharacters } from "node:util";

/** How a tool says that the network, or a server, failed it for the moment. */
interface NetworkFault {
  readonly tool: string;
  /** Against one line of output. */
  readonly says: RegExp;
}

/** 408, 425, 429 and 5xx but 501 and 505, as `isRetryableStatus` has it. */
const STATUS = String.raw`(?:408|425|429|50[02-46-9]|5[1-9]\d)`;
const CURL_CODES = "(?:6|7|16|18|28|35|52|55|56|92)";
const NODE_CODES =
  "(?:ECONNRESET|ETIMEDOUT|ESOCKETTIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|UND_ERR_(?:CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|SOCKET))";

const rule = (tool: string, says: string): NetworkFault => ({ tool, says: new RegExp(says) });

/**
 * Only words that cannot mean anything else: a certificate, a missing file, a refused login or a failed test is no
 * fault of the network, and a step that fails for such a reason is never repeated.
 */
const FAULTS: readonly NetworkFault[] = [
  rule("npm", `^npm (?:ERR!|error) (?:code|errno) (?:${NODE_CODES}|E${STATUS})$`),
  rule("npm", `^npm (?:ERR!|error) ${STATUS} .* - (?:GET|POST) http`),
  rule(
    "yarn",
    String.raw`(?:^error |YN\d{4}: ).*\b(?:${NODE_CODES}|socket hang up|Request failed "${STATUS})`,
  ),
  rule("pnpm", `ERR_PNPM_FETCH_${STATUS}|ERR_PNPM_META_FETCH_FAIL.*${NODE_CODES}`),
  rule(
    "node",
    `(?:FetchError|RequestError|fetch failed|request to http).*\\b${NODE_CODES}|^\\s*code: '${NODE_CODES}'`,
  ),
  rule(
    "apt",
    `^(?:E|W|Err):.*(?:[Tt]emporary failure resolving|[Cc]onnection (?:timed out|failed)|[Cc]onnection reset|Hash Sum mismatch|File has unexpected size|  ${STATUS} |\\s${STATUS}  )`,
  ),
  rule(
    "apt",
    "^\\s+(?:Temporary failure resolving|Hash Sum mismatch|Could not connect to .*connection timed out)",
  ),
  rule(
    "apk",
    "^(?:WARNING|ERROR): .*(?:temporary error|DNS: transient error|network error|operation timed out|network connection aborted)",
  ),
  rule(
    "dnf",
    `Curl error \\(${CURL_CODES}\\)|\\[Errno 14\\] (?:HTTP Error ${STATUS}|curl#${CURL_CODES} )|Status code: ${STATUS} for `,
  ),
  rule("curl", `^curl: \\(${CURL_CODES}\\)|^curl: \\(22\\) .*error: ${STATUS}$`),
  rule("wget", `ERROR ${STATUS}: |^wget: (?:download timed out|server returned error: HTTP/\\S+ ${STATUS})`),
  rule(
    "wget",
    "^(?:Read error|Connecting to .* failed: Connection timed out|wget: unable to resolve host address)",
  ),
  rule(
    "pip",
    "(?:ReadTimeoutError|ConnectTimeoutError|ConnectionResetError|IncompleteRead|RemoteDisconnected|NewConnectionError)\\b",
  ),
  rule(
    "pip",
    `(?:ReadTimeout|ConnectTimeout|ConnectionError)(?::|$)|HTTPError: ${STATUS} |too many ${STATUS} error responses`,
  ),
  rule(
    "uv",
    `Caused by: .*(?:operation timed out|[Cc]onnection reset by peer)|HTTP status server error \\(${STATUS} `,
  ),
  rule("git", "^fatal: (?:early EOF|the remote end hung up|fetch-pack: )|^error: RPC failed"),
  rule(
    "git",
    `^fatal: unable to access .*(?:Could not resolve host|Failed to connect|timed out|Connection reset|Empty reply|error: ${STATUS})`,
  ),
  rule(
    "ssh",
    "^ssh: connect to host .*: (?:Connection timed out|Connection reset by peer|Network is unreachable)",
  ),
  rule(
    "go",
    `(?:^go: |@v\\d|Get "?https?://).*(?:i/o timeout|TLS handshake timeout|connection reset by peer|unexpected EOF|server misbehaving|: ${STATUS} |stream error)`,
  ),
  rule(
    "cargo",
    `spurious network error|^\\s*\\[${CURL_CODES}\\] |failed to get successful HTTP response from .* got ${STATUS}$`,
  ),
  rule(
    "java",
    `(?:Could not (?:transfer artifact|GET|HEAD|resolve).*|Caused by: .*)(?:Connection reset|[Rr]ead timed out|[Cc]onnect(?:ion)? timed out|status(?: code)?:? ${STATUS})`,
  ),
  rule(
    "ruby",
    `Net::(?:Open|Read)Timeout|(?:FetchError|HTTPError).*(?:ECONNRESET|ETIMEDOUT|connection resets|${STATUS})`,
  ),
  rule(
    "composer",
    `curl error ${CURL_CODES} while downloading|could not be downloaded \\(HTTP/\\S+ ${STATUS}`,
  ),
  rule("the resolver", "Temporary failure in name resolution"),
];

export interface FoundFault {
  readonly tool: string;
  /** The words, as they stand in the output. */
  readonly line: string;
}

/** The last of these lines that tells of a fault which may pass; undefined where none does. */
export function networkFault(lines: readonly string[]): FoundFault | undefined {
  for (const line of lines.toReversed()) {
    const text = stripVTControlCharacters(line).trimEnd();
    const found = FAULTS.find(({ says }) => says.test(text));
    if (found !== undefined) return { tool: found.tool, line: text.trim() };
  }
  return undefined;
}
