import { setTimeout as sleep } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { throwIfAborted } from "../error.ts";
import type { DebianError } from "../error.ts";
import type { Mirrors } from "../mirrors/mirrors.ts";
import type { Archive, ArchiveFile, OnDebianEvent } from "./archive.ts";
import { openDispatcher } from "./dispatcher.ts";
import { connectionFault, isMirrorFault, lastWord } from "./fault.ts";
import { get } from "./http-get.ts";
import { verified } from "./verified.ts";

export interface HttpArchiveOptions {
  readonly events?: OnDebianEvent;
  /** Attempts at one mirror for faults that pass (default 3), and the first pause between them (default 300 ms). */
  readonly attempts?: number;
  readonly pauseMs?: number;
}

type Consume<T> = (body: AsyncIterable<Uint8Array>, where: string) => Promise<T>;
type Outcome<T> = { readonly value: T } | { readonly fault: DebianError };

const SNAPSHOT = "https://snapshot.debian.org/archive";

/**
 * The archives over http(s): faults that pass are retried with growing pauses, then the next mirror is asked. Files of
 * a lock that have left the pool are looked for at snapshot.debian.org last. Call `close` when done.
 */
export class HttpArchive implements Archive {
  readonly #mirrors: Mirrors;
  readonly #options: HttpArchiveOptions;
  #dispatcher: Promise<Dispatcher> | undefined;

  constructor(mirrors: Mirrors, options: HttpArchiveOptions = {}) {
    this.#mirrors = mirrors;
    this.#options = options;
  }

  async read<T>(file: ArchiveFile, consume: Consume<T>, signal: AbortSignal): Promise<T> {
    const faults: DebianError[] = [];
    const roots = rootsOf(this.#mirrors, file);
    for (const [at, root] of roots.entries()) {
      const outcome = await this.#ask(root, file, consume, signal);
      if ("value" in outcome) return outcome.value;
      faults.push(outcome.fault);
      if (at + 1 < roots.length) this.#retrying(file, outcome.fault, "the next mirror");
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
    const { attempts = 3, pauseMs = 300 } = this.#options;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal);
      const outcome = await this.#attempt(root, file, consume, signal);
      throwIfAborted(signal);
      if ("value" in outcome || !outcome.fault.retryable || attempt >= attempts) return outcome;
      const pause = pauseMs * 2 ** (attempt - 1);
      this.#retrying(file, outcome.fault, `again in ${pause} ms`);
      await sleep(pause, undefined, { signal }).catch(() => throwIfAborted(signal));
    }
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
      const body = await get(url, where, { dispatcher, authorization, signal }).catch((error: unknown) => {
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

  #retrying(file: ArchiveFile, fault: DebianError, next: string): void {
    this.#options.events?.({ kind: "retry", file: file.path, reason: fault.message, next });
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
