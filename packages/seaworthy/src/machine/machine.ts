import { homedir, availableParallelism, userInfo } from "node:os";
import { join } from "node:path";

/** The machine as the command line sees it; everything below gets it as a value. */
export interface Machine {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly user: string;
  /** Effective user id. */
  readonly uid: number;
  /** `$XDG_CACHE_HOME/seaworthy`. */
  readonly cacheDir: string;
  readonly processors: number;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export function thisMachine(): Machine {
  const { env } = process;
  const home = homedir();
  return {
    cwd: process.cwd(),
    env,
    home,
    user: env[OUTER_USER] ?? userName(),
    uid: process.geteuid?.() ?? 0,
    cacheDir: join(env["XDG_CACHE_HOME"] ?? join(home, ".cache"), "seaworthy"),
    processors: availableParallelism(),
    // Opened by whoever reads it.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
  };
}

/** Who gave the command: in a user namespace everybody is root. */
export const OUTER_USER = "SEAWORTHY_USER";

/** Containers often run as an id that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.geteuid?.() ?? "unknown"}`;
  }
}
