import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ApiError } from "../api-error.ts";
import { UploadSession } from "./session.ts";

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HOUR = 3_600_000;

export interface SessionLimits {
  /** Uploads open at the same time. */
  readonly sessions: number;
  /** Bytes of one blob. */
  readonly blob: number;
  /** Milliseconds without a request after which an upload is forgotten. */
  readonly idle: number;
}

export const SESSION_LIMITS: SessionLimits = { sessions: 1000, blob: 64 * 1024 ** 3, idle: HOUR };

/** The uploads under way, each with its file in one folder. A registry that is started anew knows of none. */
export class UploadSessions {
  readonly #dir: string;
  readonly #limits: SessionLimits;
  readonly #now: () => number;
  readonly #open = new Map<string, UploadSession>();

  private constructor(dir: string, limits: SessionLimits, now: () => number) {
    this.#dir = dir;
    this.#limits = limits;
    this.#now = now;
  }

  /** Files left by a registry that did not end in order are removed once they are old. */
  static async open(dir: string, limits: SessionLimits, now: () => number): Promise<UploadSessions> {
    await mkdir(dir, { recursive: true });
    for (const name of await readdir(dir)) {
      if (!ID.test(name)) continue;
      const found = await stat(join(dir, name)).catch(() => undefined);
      // Another registry may be at work in the same folder: what it writes is young.
      if (found !== undefined && now() - found.mtimeMs > limits.idle + HOUR)
        await rm(join(dir, name), { force: true });
    }
    return new UploadSessions(dir, limits, now);
  }

  async start(repository: string): Promise<UploadSession> {
    await this.sweep();
    if (this.#open.size >= this.#limits.sessions) {
      throw new ApiError(429, "TOOMANYREQUESTS", "too many uploads are open", {
        headers: { "retry-after": "10" },
      });
    }
    const id = randomUUID();
    const parts = { id, repository, path: join(this.#dir, id), mostBytes: this.#limits.blob, now: this.#now };
    const session = new UploadSession(parts);
    this.#open.set(id, session);
    return session;
  }

  /** @throws ApiError 404 BLOB_UPLOAD_UNKNOWN */
  async get(repository: string, id: string | undefined): Promise<UploadSession> {
    await this.sweep();
    const session = this.#open.get(id ?? "");
    if (session?.repository === repository) {
      if (!session.broken || session.busy) return session;
      await this.end(session);
    }
    throw new ApiError(404, "BLOB_UPLOAD_UNKNOWN", "no such upload; start a new one");
  }

  /** Forgets an upload; its file goes unless the store has taken it. */
  async end(session: UploadSession): Promise<void> {
    this.#open.delete(session.id);
    await session.discard();
  }

  /** Forgets what nobody has asked about for long. */
  async sweep(): Promise<void> {
    const before = this.#now() - this.#limits.idle;
    for (const session of this.#open.values()) {
      if (!session.busy && session.touched < before) await this.end(session);
    }
  }

  async close(): Promise<void> {
    for (const session of this.#open.values()) await this.end(session);
  }
}
