import { describe, expect, it } from "vitest";
import { networkFault } from "./network-faults.ts";

const PASSING: readonly (readonly [string, string])[] = [
  ["npm", "npm ERR! code ECONNRESET"],
  ["npm", "npm error code ETIMEDOUT"],
  ["npm", "npm error errno EAI_AGAIN"],
  ["npm", "npm error code E503"],
  ["npm", "\u001b[31mnpm\u001b[39m \u001b[31merror\u001b[39m code ERR_SOCKET_TIMEOUT"],
  ["npm", "npm error 503 Service Unavailable - GET https://npm.example/react"],
  ["npm", "npm error 429 Too Many Requests - GET https://npm.example/react"],
  ["yarn", 'error An unexpected error occurred: "https://yarn.example/x: ESOCKETTIMEDOUT".'],
  ["yarn", "➤ YN0001: │ RequestError: read ECONNRESET"],
  ["pnpm", " ERR_PNPM_FETCH_502  GET https://npm.example/x: Bad Gateway - 502"],
  [
    "pnpm",
    " ERR_PNPM_META_FETCH_FAIL  GET https://npm.example/x: request to https://x failed, reason: ETIMEDOUT",
  ],
  ["node", "FetchError: request to https://nodejs.org/dist failed, reason: connect ETIMEDOUT 1.2.3.4:443"],
  ["node", "    code: 'UND_ERR_CONNECT_TIMEOUT',"],
  [
    "apt",
    "E: Failed to fetch http://debian.example/debian/x.deb  Temporary failure resolving 'debian.example'",
  ],
  [
    "apt",
    "W: Failed to fetch http://debian.example/debian/dists/trixie/InRelease  Temporary failure resolving 'debian.example'",
  ],
  ["apt", "E: Failed to fetch http://archive.ubuntu.com/x.deb  Connection timed out [IP: 91.189.91.83 80]"],
  ["apt", "E: Failed to fetch http://archive.ubuntu.com/x.deb  Connection failed [IP: 91.189.91.83 80]"],
  ["apt", "E: Failed to fetch https://deb.nodesource.com/Packages.gz  Hash Sum mismatch"],
  ["apt", "   Hash Sum mismatch"],
  ["apt", "E: Failed to fetch http://debian.example/x.deb  503  Service Unavailable [IP: 151.101.2.132 80]"],
  [
    "apt",
    "E: Failed to fetch http://debian.example/x  File has unexpected size (1 != 2). Mirror sync in progress?",
  ],
  [
    "apk",
    "WARNING: fetching https://dl-cdn.alpinelinux.org/alpine/v3.22/main: temporary error (try again later)",
  ],
  ["apk", "WARNING: opening https://dl-cdn.alpinelinux.org/alpine: DNS: transient error (try again later)"],
  [
    "apk",
    "ERROR: https://dl-cdn.alpinelinux.org/alpine: network error (check Internet connection and firewall)",
  ],
  ["dnf", "Curl error (28): Timeout was reached for https://mirrors.fedoraproject.org/x"],
  ["dnf", "[Errno 14] HTTP Error 503 - Service Unavailable"],
  ["curl", "curl: (6) Could not resolve host: example.com"],
  ["curl", "curl: (7) Failed to connect to example.com port 443 after 1 ms: Couldn't connect to server"],
  ["curl", "curl: (18) transfer closed with 1234 bytes remaining to read"],
  ["curl", "curl: (28) Operation timed out after 30001 milliseconds with 0 bytes received"],
  ["curl", "curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to example.com:443"],
  ["curl", "curl: (52) Empty reply from server"],
  ["curl", "curl: (56) Recv failure: Connection reset by peer"],
  ["curl", "curl: (22) The requested URL returned error: 503"],
  ["wget", "2026-01-31 12:00:00 ERROR 502: Bad Gateway."],
  ["wget", "wget: server returned error: HTTP/1.1 503 Service Unavailable"],
  ["wget", "wget: download timed out"],
  ["wget", "Read error (Connection reset by peer) in headers."],
  [
    "pip",
    "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='files.pythonhosted.org', port=443): Read timed out.",
  ],
  [
    "pip",
    "pip._vendor.requests.exceptions.ConnectionError: ('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
  ],
  ["pip", "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='pypi.example', port=443)"],
  ["pip", "ERROR: HTTPError: 503 Server Error: Service Unavailable for url: https://pypi.example/simple/x/"],
  ["uv", "  Caused by: operation timed out"],
  [
    "uv",
    "  Caused by: HTTP status server error (503 Service Unavailable) for url (https://pypi.example/simple/x/)",
  ],
  ["git", "fatal: early EOF"],
  ["git", "error: RPC failed; curl 56 Recv failure: Connection reset by peer"],
  ["git", "fatal: the remote end hung up unexpectedly"],
  ["git", "fatal: unable to access 'https://github.com/a/b.git/': Could not resolve host: github.com"],
  ["git", "fatal: unable to access 'https://github.com/a/b.git/': The requested URL returned error: 502"],
  ["ssh", "ssh: connect to host github.com port 22: Connection timed out"],
  [
    "go",
    'go: github.com/a/b@v1.2.3: Get "https://proxy.golang.org/github.com/a/b/@v/v1.2.3.mod": dial tcp 1.2.3.4:443: i/o timeout',
  ],
  ["go", "go: downloading x: read tcp 10.0.0.2:1->1.2.3.4:443: read: connection reset by peer"],
  ["go", "go: github.com/a/b@v1.2.3: reading https://proxy.golang.org/x.zip: 502 Bad Gateway"],
  ["cargo", "warning: spurious network error (3 tries remaining): [28] Timeout was reached"],
  ["cargo", "  [56] Failure when receiving data from the peer (Recv failure: Connection reset by peer)"],
  ["cargo", "  failed to get successful HTTP response from `https://static.crates.io/x` (1.2.3.4), got 503"],
  [
    "java",
    "Could not transfer artifact a:b:jar:1 from/to central (https://repo.maven.apache.org/maven2): Connection reset",
  ],
  ["java", "   > Could not GET 'https://repo.maven.apache.org/x.pom'. Received status code 503 from server"],
  ["ruby", "Net::OpenTimeout: Failed to open TCP connection to rubygems.org:443 (execution expired)"],
  [
    "composer",
    "curl error 28 while downloading https://repo.packagist.org/packages.json: Connection timed out",
  ],
  ["the resolver", "getaddrinfo: Temporary failure in name resolution"],
];

const LASTING: readonly string[] = [
  "npm error code E404",
  "npm error code E401",
  "npm error code ERESOLVE",
  "npm error code ELIFECYCLE",
  "npm error code ENOTFOUND",
  "npm error code SELF_SIGNED_CERT_IN_CHAIN",
  "npm error 404 Not Found - GET https://npm.example/no-such-package",
  "Error: connect ECONNREFUSED 127.0.0.1:5432",
  "  ✗ retries after ECONNRESET (expected 3, found 2)",
  "AssertionError: expected 503 to be 200",
  "E: Unable to locate package libfoo",
  "E: Failed to fetch http://debian.example/x.deb  404  Not Found [IP: 151.101.2.132 80]",
  "E: Version '1.503  x' for 'app' was not found",
  "E: The repository 'http://debian.example/debian nowhere Release' does not have a Release file.",
  "ERROR: unable to select packages:",
  "curl: (22) The requested URL returned error: 404",
  "curl: (60) SSL certificate problem: unable to get local issuer certificate",
  "curl: (3) URL rejected: Malformed input to a URL function",
  "2026-01-31 12:00:00 ERROR 404: Not Found.",
  "ERROR: No matching distribution found for no-such-package",
  "pip._vendor.urllib3.exceptions.SSLError: [SSL: CERTIFICATE_VERIFY_FAILED]",
  "error: HTTP status client error (404 Not Found) for url (https://pypi.example/simple/x/)",
  "fatal: repository 'https://github.com/a/none.git/' not found",
  "fatal: unable to access 'https://github.com/a/b.git/': The requested URL returned error: 403",
  "git@github.com: Permission denied (publickey).",
  "go: github.com/a/b@v1.2.3: reading https://proxy.golang.org/x.zip: 404 Not Found",
  "go: updates to go.mod needed",
  'error: could not compile `app` (bin "app") due to 1 previous error',
  "error: failed to get `nope` as a dependency of package `app v0.1.0`",
  "make: *** [Makefile:503: all] Error 2",
  "the server timed out the session as the test wants it",
  "",
];

describe("networkFault", () => {
  it.each(PASSING)("knows %s by %j", (tool, line) => {
    expect(networkFault(["before", line, "after"])?.tool).toBe(tool);
  });

  it.each(LASTING)("takes no fault of the network from %j", (line) => {
    expect(networkFault([line])).toBeUndefined();
  });

  it("gives the last one, as it was printed but for its colours", () => {
    expect(networkFault(["curl: (6) first", "\u001b[31mcurl: (7) second\u001b[0m", "bye"])).toEqual({
      tool: "curl",
      line: "curl: (7) second",
    });
  });

  it("takes a long line at once", () => {
    const long = `go: ${"Could not GET Caused by: FetchError error ".repeat(50)}`;
    const started = performance.now();
    networkFault(Array.from({ length: 20 }, () => long));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
