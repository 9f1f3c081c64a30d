import { OciError } from "../error.ts";
import { Secret } from "../secret.ts";
import type { Challenge } from "./challenge.ts";
import type { Credential } from "./credentials.ts";
import type { Login } from "./login.ts";
import { describeRequest } from "./network-error.ts";
import { readBody } from "./read-body.ts";
import { responseError } from "./response-error.ts";
import { parseSecretFields, secretText } from "./secret-fields.ts";
import type { RegistryRequest, Transport } from "./transport.ts";

const LIMIT = 64 * 1024;
/** "For compatibility, 60 seconds if omitted" (distribution's token specification). */
const SHORTEST_LIFE = 60;
const LONGEST_LIFE = 24 * 3600;

export interface Token {
  readonly secret: Secret;
  /** Milliseconds since the epoch; a little before the service's own end. */
  readonly expires: number;
}

export interface TokenService {
  readonly transport: Transport;
  readonly clientId: string;
  readonly now: () => number;
  readonly plainHttpAllowed: (url: URL) => boolean;
}

interface TokenQuery {
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  readonly login: Login;
  /** The registry that sent the challenge. */
  readonly registry: URL;
  readonly signal?: AbortSignal | undefined;
}

function realmOf({ challenge, registry }: TokenQuery, { plainHttpAllowed }: TokenService): URL {
  const realm = challenge.parameters["realm"] ?? "";
  const refuse = (why: string): OciError =>
    new OciError("unauthorized", `${registry.host}: refused its token service: ${why}`);
  if (!URL.canParse(realm)) throw refuse("expected an address as realm");
  const url = new URL(realm);
  if (url.username !== "" || url.password !== "") throw refuse("the realm carries credentials");
  if (url.protocol === "https:") return url;
  // A password must not leave TLS because a challenge says so.
  if (url.protocol === "http:" && registry.protocol === "http:" && plainHttpAllowed(url)) return url;
  throw refuse(`expected https, found ${url.protocol}//${url.host}`);
}

/** Token authentication, "Requesting a Token": GET with the scopes in the query, Basic or no authorisation. */
function askWithPassword(query: TokenQuery, url: URL): RegistryRequest {
  const { service } = query.challenge.parameters;
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of query.scopes) url.searchParams.append("scope", scope);
  const { credential, signal } = query;
  if (credential?.kind !== "basic") return { method: "GET", url, signal };
  url.searchParams.set("account", credential.username);
  return { method: "GET", url, signal, headers: { authorization: basicHeader(credential) } };
}

/** "OAuth2 Token Authentication": the identity token is a refresh token. */
function askWithRefreshToken(query: TokenQuery, url: URL, token: Secret, clientId: string): RegistryRequest {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: token.reveal(),
    client_id: clientId,
    service: query.challenge.parameters["service"] ?? query.registry.host,
    scope: query.scopes.join(" "),
  });
  const bytes = Buffer.from(form.toString());
  return {
    method: "POST",
    url,
    signal: query.signal,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: { length: bytes.length, open: () => [bytes] },
  };
}

export function basicHeader({ username, password }: Credential & { kind: "basic" }): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString("base64")}`;
}

/** @throws OciError `unauthorized`, `registry`, `network` */
export async function fetchToken(query: TokenQuery, service: TokenService): Promise<Token> {
  const realm = realmOf(query, service);
  const { credential } = query;
  const request =
    credential?.kind === "identity-token"
      ? askWithRefreshToken(query, realm, credential.token, service.clientId)
      : askWithPassword(query, realm);
  const response = await service.transport.send(request);
  if (response.status !== 200) {
    const { login, scopes } = query;
    throw await responseError({ ...request, scopes }, response, { login, now: service.now() });
  }
  const fields = parseSecretFields((await readBody(request, response, LIMIT)).toString("utf8")) ?? {};
  const text = secretText(fields, "token") ?? secretText(fields, "access_token");
  // Printable characters without a space: a header could not carry others.
  if (text === undefined || !/^[\x21-\x7e]+$/.test(text)) {
    throw new OciError("registry", `${describeRequest(request)}: expected JSON with a token`);
  }
  const named = typeof fields["expires_in"] === "number" ? fields["expires_in"] : SHORTEST_LIFE;
  const life = Math.min(Math.max(named, SHORTEST_LIFE), LONGEST_LIFE);
  const secret = new Secret(text);
  query.login.hide(secret);
  return { secret, expires: service.now() + life * 900 };
}
