import { createHash } from "node:crypto";
import { join } from "node:path";
import { DeployError } from "../error.ts";

/** Where a local environment has its things. */
export interface LocalPlace {
  readonly state: string;
  readonly logs: string;
  /** Of the supervisor itself. */
  readonly log: string;
  readonly lock: string;
  /** Of the supervisor's control socket. */
  readonly socket: string;
  /** Sets its loopback addresses apart from those of others: 0 to 65535. */
  readonly network: number;
}

/** unix(7): `sun_path` has 108 bytes, the last of which is zero. */
const LONGEST = 107;

/**
 * @param folder `.seaworthy/local/ENVIRONMENT`
 * @param sockets a folder with a short path, as sockets cannot have long ones
 */
export function localPlace(folder: string, sockets: string): LocalPlace {
  const hash = createHash("sha256").update(folder).digest();
  const socket = join(sockets, `${hash.toString("hex").slice(0, 12)}.sock`);
  if (Buffer.byteLength(socket) > LONGEST) {
    throw new DeployError(
      "target",
      `${socket}: found a path of ${socket.length} characters, expected ${LONGEST} at most`,
      {
        hint: "set XDG_CACHE_HOME to a folder with a shorter path",
      },
    );
  }
  return {
    state: join(folder, "state.json"),
    logs: join(folder, "logs"),
    log: join(folder, "supervisor.log"),
    lock: join(folder, "deploy.lock"),
    socket,
    network: hash.readUInt16BE(12),
  };
}
