import type { Secret } from "../secret.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { REDACTED, redact } from "./redact.ts";

/** Shorter ones would strike out ordinary words, and hide nothing. */
const SHORTEST = 4;

export interface LoginOptions {
  /** As in a reference: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly credentials: Credentials;
  readonly signal?: AbortSignal | undefined;
}

/** Who we are at one registry, and what of that must never be shown. */
export class Login {
  readonly registry: string;
  readonly #options: LoginOptions;
  readonly #hidden = new Set<string>();
  #asked: Promise<Credential | undefined> | undefined;
  #found = false;

  constructor(options: LoginOptions) {
    this.registry = options.registry;
    this.#options = options;
  }

  /** Whether there are credentials, as far as anybody had to ask. */
  get found(): boolean {
    return this.#found;
  }

  /** Asked for once, and only when the registry wants some. */
  credential(): Promise<Credential | undefined> {
    return (this.#asked ??= this.#ask());
  }

  async #ask(): Promise<Credential | undefined> {
    const { credentials, registry, repository, signal } = this.#options;
    try {
      const found = await credentials.find(registry, repository, signal);
      this.#found = found !== undefined;
      if (found !== undefined) this.#hideCredential(found);
      return found;
    } catch (error) {
      // What failed may be asked again.
      this.#asked = undefined;
      throw error;
    }
  }

  /** What a registry repeats of it is struck out of every message. */
  hide(secret: Secret): void {
    const text = secret.reveal();
    for (const form of [text, encodeURIComponent(text)]) if (form.length >= SHORTEST) this.#hidden.add(form);
  }

  #hideCredential(credential: Credential): void {
    if (credential.kind !== "basic") return this.hide(credential.token);
    this.hide(credential.password);
    const pair = Buffer.from(`${credential.username}:${credential.password.reveal()}`);
    this.#hidden.add(pair.toString("base64"));
  }

  /** What a registry says may repeat what it was sent, so nothing that is or looks like a secret is shown. */
  redact(text: string): string {
    let shown = text;
    for (const secret of this.#hidden) shown = shown.replaceAll(secret, REDACTED);
    return redact(shown);
  }
}
