import { OciError } from "../error.ts";
import { parseChallenges } from "./challenge.ts";
import type { Challenge } from "./challenge.ts";
import type { Login } from "./login.ts";
import { basicHeader, fetchToken } from "./token.ts";
import type { Token, TokenService } from "./token.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest, RegistryResponse, Transport } from "./transport.ts";

export interface Authorization {
  /** The one origin that is ever sent an `Authorization` header. */
  readonly endpoint: URL;
  readonly login: Login;
  readonly tokens: TokenService;
}

/** Tokens are asked for once per set of scopes; who asks meanwhile waits for the same answer. */
class TokenCache {
  readonly #held = new Map<string, Promise<Token>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async get(scopes: readonly string[], fetch: () => Promise<Token>): Promise<Token> {
    const key = scopes.join(" ");
    for (;;) {
      const held = this.#held.get(key);
      if (held === undefined) break;
      const token = await held.catch(unlessStopped);
      if (token !== undefined && token.expires > this.#now()) return token;
      // Only the first to notice drops it.
      if (this.#held.get(key) === held) this.#held.delete(key);
    }
    const asked = fetch();
    this.#held.set(key, asked);
    asked.catch(() => this.#held.delete(key));
    return asked;
  }

  /** Forgets a token the registry did not accept, unless it was replaced meanwhile. */
  async drop(scopes: readonly string[], header: string | undefined): Promise<void> {
    const key = scopes.join(" ");
    const token = await this.#held.get(key)?.catch(() => undefined);
    if (token !== undefined && header === `Bearer ${token.secret.reveal()}`) this.#held.delete(key);
  }
}

/** That the one who asked was stopped is no fault of those who waited with it. */
function unlessStopped(error: unknown): undefined {
  if (error instanceof OciError && error.code === "aborted") return undefined;
  throw error;
}

function choose(header: string | undefined): Challenge | undefined {
  const challenges = parseChallenges(header ?? "");
  return (
    challenges.find(({ scheme }) => scheme === "bearer") ??
    challenges.find(({ scheme }) => scheme === "basic")
  );
}

class Authorizer implements Transport {
  readonly #inner: Transport;
  readonly #options: Authorization;
  readonly #cache: TokenCache;
  #challenge: Challenge | undefined;
  /** What a registry's challenge named beyond what we asked for, by what we asked for. */
  readonly #extra = new Map<string, readonly string[]>();

  constructor(inner: Transport, options: Authorization) {
    this.#inner = inner;
    this.#options = options;
    this.#cache = new TokenCache(options.tokens.now);
  }

  async send(request: RegistryRequest): Promise<RegistryResponse> {
    const { origin } = this.#options.endpoint;
    if (request.url.origin !== origin) return this.#inner.send(request);
    const header = await this.#header(request, this.#challenge);
    const response = await this.#send(request, header);
    // A challenge of whoever was redirected to is none of ours.
    if (response.status !== 401 || response.url.origin !== origin) return response;
    const challenge = choose(response.headers["www-authenticate"]);
    if (challenge === undefined) return response;
    await this.#cache.drop(this.#scopes(request), header);
    this.#challenge = challenge;
    this.#learn(request, challenge);
    const renewed = await this.#header(request, challenge);
    if (renewed === undefined || renewed === header) return response;
    discard(response);
    return this.#send(request, renewed);
  }

  #send(request: RegistryRequest, authorization: string | undefined): Promise<RegistryResponse> {
    if (authorization === undefined) return this.#inner.send(request);
    return this.#inner.send({ ...request, headers: { ...request.headers, authorization } });
  }

  #learn({ scopes = [] }: RegistryRequest, { parameters }: Challenge): void {
    const named = (parameters["scope"] ?? "").split(" ").filter((scope) => scope !== "");
    const extra = named.filter((scope) => !scopes.some((own) => covers(own, scope)));
    if (extra.length > 0) this.#extra.set(scopes.join(" "), extra);
  }

  #scopes({ scopes = [] }: RegistryRequest): readonly string[] {
    return [...new Set([...scopes, ...(this.#extra.get(scopes.join(" ")) ?? [])])].sort();
  }

  async #header(request: RegistryRequest, challenge: Challenge | undefined): Promise<string | undefined> {
    if (challenge === undefined) return undefined;
    const { endpoint, tokens, login } = this.#options;
    const credential = await login.credential();
    if (credential?.kind === "bearer") return `Bearer ${credential.token.reveal()}`;
    if (challenge.scheme === "basic") {
      return credential?.kind === "basic" ? basicHeader(credential) : undefined;
    }
    const scopes = this.#scopes(request);
    const query = { challenge, scopes, credential, login, registry: endpoint, signal: request.signal };
    const token = await this.#cache.get(scopes, () => fetchToken(query, tokens));
    return `Bearer ${token.secret.reveal()}`;
  }
}

/** `repository:a:pull,push` covers `repository:a:pull`. */
function covers(own: string, scope: string): boolean {
  const [ownActions, actions] = [own, scope].map((text) => text.slice(text.lastIndexOf(":") + 1).split(","));
  const [ownResource, resource] = [own, scope].map((text) => text.slice(0, text.lastIndexOf(":")));
  return ownResource === resource && (actions ?? []).every((action) => (ownActions ?? []).includes(action));
}

/**
 * Answers a registry's 401 (Basic; Bearer tokens, anonymous ones included), once per request, and from then on sends
 * the authorisation along unasked.
 */
export function authorizing(inner: Transport, options: Authorization): Transport {
  return new Authorizer(inner, options);
}
