import { Attempts, type Clock, RETRY_POLICY, systemClock } from "@seaworthy/oci";
import type { Dispatcher } from "undici";
import { throwIfAborted } from "../error.ts";
import type { DebianError } from "../error.ts";
import type { Mirrors } from "../mirrors/mirrors.ts";
import type { Archive, ArchiveFile, OnDebianEvent } from "./archive.ts";
import { openDispatcher } from "./dispatcher.ts";
import { StatusFault, connectionFault, isMirrorFault, lastWord } from "./fault.ts";
import { get } from "./http-get.ts";
import { verified } from "./verified.ts";

export interface HttpArchiveOptions {
  readonly events?: OnDebianEvent;
  /** Attempts at one mirror for faults that pass (default 3), and the first pause between them (default 300 ms). */
  readonly attempts?: number;
  readonly pauseMs?: number;
  readonly clock?: Clock;
}

type Consume<T> = (body: AsyncIterable<Uint8Array>, where: string) => Promise<T>;
type Outcome<T> = { readonly value: T } | { readonly fault: DebianError };

const SNAPSHOT = "https://snapshot.debian.org/archive";

/**
 * The archives over http(s): faults that pass are retried after growing pauses, as long as the mirror asks and by chance,
 * then the next mirror is asked. Files of a lock that have left the pool are looked for at snapshot.debian.org last. Call
 * `close` when done.
 */
export class HttpArchive implements Archive {
  readonly #mirrors: Mirrors;
  readonly #options: HttpArchiveOptions;
  readonly #clock: Clock;
  #dispatcher: Promise<Dispatcher> | undefined;

  constructor(mirrors: Mirrors, options: HttpArchiveOptions = {}) {
    this.#mirrors = mirrors;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async read<T>(file: ArchiveFile, consume: Consume<T>, signal: AbortSignal): Promise<T> {
    const faults: DebianError[] = [];
    const roots = rootsOf(this.#mirrors, file);
    for (const [at, root] of roots.entries()) {
      const outcome = await this.#ask(root, file, consume, signal);
      if ("value" in outcome) return outcome.value;
      faults.push(outcome.fault);
      if (at + 1 < roots.length) this.#retrying(file, outcome.fault.message, "the next mirror");
    }
    throw lastWord(file.path, faults);
  }

  async close(): Promise<void> {
    await (await this.#dispatcher)?.destroy();
  }

  /** One mirror, as often as its faults may pass. */
  async #ask<T>(
    root: string,
    file: ArchiveFile,
    consume: Consume<T>,
    signal: AbortSignal,
  ): Promise<Outcome<T>> {
    const attempts = this.#attempts(file);
    for (;;) {
      throwIfAborted(signal);
      const outcome = await this.#attempt(root, file, consume, signal);
      throwIfAborted(signal);
      if ("value" in outcome || !outcome.fault.retryable) return outcome;
      const wait = outcome.fault instanceof StatusFault ? outcome.fault.wait : undefined;
      const again = attempts.again(outcome.fault.message, wait, signal);
      if (!(await again.catch(() => throwIfAborted(signal)))) return outcome;
    }
  }

  #attempts(file: ArchiveFile): Attempts {
    const { attempts = 3, pauseMs = 300 } = this.#options;
    return new Attempts({
      clock: this.#clock,
      policy: { ...RETRY_POLICY, attempts, firstDelay: pauseMs },
      onRetry: ({ reason, delay }) => this.#retrying(file, reason, `again in ${delay} ms`),
    });
  }

  async #attempt<T>(
    root: string,
    file: ArchiveFile,
    consume: Consume<T>,
    signal: AbortSignal,
  ): Promise<Outcome<T>> {
    const url = new URL(`${root.replace(/\/+$/, "")}/${file.path}`);
    const where = `${file.path} at ${url.host}`;
    let served: DebianError | undefined;
    try {
      const dispatcher = await (this.#dispatcher ??= openDispatcher(this.#mirrors.proxy ?? {}));
      const authorization = file.archive === "npm" ? this.#mirrors.npmAuthorization : undefined;
      const body = await get(url, where, {
        dispatcher,
        authorization,
        signal,
        now: () => this.#clock.now(),
      }).catch((error: unknown) => {
        throw (served = connectionFault(error, where));
      });
      const watched = watch(verified(body, file, where), (error) => (served = connectionFault(error, where)));
      try {
        return { value: await consume(watched, where) };
      } finally {
        body.destroy();
      }
    } catch (error) {
      throwIfAborted(signal);
      const fault = served ?? error;
      if (isMirrorFault(fault)) return { fault };
      throw error;
    }
  }

  #retrying(file: ArchiveFile, reason: string, next: string): void {
    this.#options.events?.({ kind: "retry", file: file.path, reason, next });
  }
}

/** Remembers what the source threw, so that it is not mistaken for an error of the one who reads. */
async function* watch(source: AsyncIterable<Uint8Array>, onFault: (error: unknown) => void) {
  try {
    yield* source;
  } catch (error) {
    onFault(error);
    throw error;
  }
}

function rootsOf(mirrors: Mirrors, { archive, asOf, path }: ArchiveFile): readonly string[] {
  if (archive === "npm") return mirrors.npm;
  const roots = archive === "debian" ? mirrors.debian : mirrors.debianSecurity;
  if (asOf === undefined || !path.startsWith("pool/")) return roots;
  // 2026-11-21T09:15:44.000Z is 20261121T091544Z there.
  const moment = new Date(asOf).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return [...roots, `${SNAPSHOT}/${archive}/${moment}`];
}
