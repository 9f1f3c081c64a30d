import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "./app.ts";
import type { AccessEntry } from "./app.ts";
import { RegistryError } from "./error.ts";
import type { RegistryStore } from "./store.ts";
import { SESSION_LIMITS, UploadSessions } from "./uploads/sessions.ts";
import type { SessionLimits } from "./uploads/sessions.ts";

export interface RegistryOptions {
  readonly store: RegistryStore;
  /** Folder of the uploads under way, on the file system of the store. */
  readonly uploads: string;
  /** Default `127.0.0.1`: there is no authorisation, so whoever reaches it may do everything. */
  readonly host?: string;
  /** Default 0: any that is free. */
  readonly port?: number;
  /** Default false. */
  readonly readOnly?: boolean;
  readonly limits?: Partial<SessionLimits>;
  readonly logger?: (entry: AccessEntry) => void;
  /** Closes the registry. */
  readonly signal?: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface RunningRegistry {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
  readonly port: number;
  /** Takes no new request, lets those under way end within five seconds, and removes unfinished uploads. */
  close(): Promise<void>;
}

const GRACE = 5000;
const SILENCE = 120_000;

/** @throws RegistryError where the address is not to be had */
export async function serveRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const {
    store,
    host = "127.0.0.1",
    port = 0,
    readOnly = false,
    now = Date.now,
    logger = () => {},
  } = options;
  const uploads = await UploadSessions.open(options.uploads, { ...SESSION_LIMITS, ...options.limits }, now);
  const app = createApp({ registry: { store, uploads }, readOnly, logger, now });
  // Without that option the adapter replaces the process's Request and Response by its own.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  // No limit on the time a request takes, which for a large blob is long; one on silence instead.
  const server = createServer(
    { requestTimeout: 0, headersTimeout: 30_000, highWaterMark: 1024 * 1024 },
    (incoming, outgoing) => void listener(incoming, outgoing),
  ).setTimeout(SILENCE);
  await listen(server, host, port);

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= shutDown(server).then(() => uploads.close()));
  options.signal?.addEventListener("abort", () => void close(), { once: true });
  if (options.signal?.aborted === true) await close();
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`, port: bound, close };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new RegistryError("address-in-use", `${host}:${port}: another program listens there`, {
              cause: error,
              hint: "name another port, or 0 for any that is free",
            })
          : new RegistryError("address-refused", `${host}:${port}: cannot listen there (${error.code})`, {
              cause: error,
              hint: "name an address of this machine and a port above 1023",
            }),
      );
    });
    server.listen(port, host, () => resolve());
  });
}

async function shutDown(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  // A connection whose last answer goes out just now becomes idle after the close, and would be waited for.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const late = setTimeout(() => server.closeAllConnections(), GRACE);
  try {
    await closed;
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}
