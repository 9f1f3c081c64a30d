import type { Login } from "./login.ts";
import { responseError } from "./response-error.ts";
import type { Retrying } from "../retry.ts";
import type { RegistryRequest, RegistryResponse, Transport } from "./transport.ts";

export interface ClientParts {
  readonly endpoint: URL;
  readonly repository: string;
  /** Sends again by itself what failed for a passing reason. */
  readonly patient: Transport;
  /** One attempt: for requests whose repetition needs thought, as those with a long body. */
  readonly hasty: Transport;
  readonly retrying: Retrying;
  readonly login: Login;
}

/** What is known about one repository of one registry, under all of its operations. */
export class RegistryClient {
  readonly repository: string;
  readonly retrying: Retrying;
  readonly endpoint: URL;
  readonly #login: Login;
  readonly #patient: Transport;
  readonly #hasty: Transport;
  readonly #queues = new Map<string, Promise<void>>();

  constructor({ endpoint, repository, patient, hasty, retrying, login }: ClientParts) {
    this.endpoint = endpoint;
    this.repository = repository;
    this.retrying = retrying;
    this.#login = login;
    this.#patient = patient;
    this.#hasty = hasty;
  }

  /** `path` below the repository, as `tags/list`. */
  url(path: string, query: Readonly<Record<string, string>> = {}): URL {
    const url = new URL(`/v2/${this.repository}/${path}`, this.endpoint);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  scope(actions: "pull" | "pull,push" | "delete,pull"): string {
    return `repository:${this.repository}:${actions}`;
  }

  /** An answer with one of these statuses; any other is an error. */
  async call(request: RegistryRequest, expected: readonly number[]): Promise<RegistryResponse> {
    return this.#expect(request, await this.#patient.send(request), expected);
  }

  async callOnce(request: RegistryRequest, expected: readonly number[]): Promise<RegistryResponse> {
    return this.#expect(request, await this.#hasty.send(request), expected);
  }

  /** Work under one key happens in turn. */
  async alone(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#queues.get(key);
    const turn = before === undefined ? work() : before.then(work, work);
    this.#queues.set(key, turn);
    try {
      await turn;
    } finally {
      if (this.#queues.get(key) === turn) this.#queues.delete(key);
    }
  }

  async #expect(
    request: RegistryRequest,
    response: RegistryResponse,
    expected: readonly number[],
  ): Promise<RegistryResponse> {
    if (expected.includes(response.status)) return response;
    throw await responseError(request, response, { login: this.#login, now: this.retrying.clock.now() });
  }
}
