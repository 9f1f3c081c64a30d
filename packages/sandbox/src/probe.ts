import { spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";

export interface CommandResult {
  /** `undefined` where it could not be started or was ended by a signal. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** How this package looks at the machine it is on; tests describe machines that are not at hand. */
export interface Probe {
  readonly uid: number;
  /** The text of a small file; `undefined` where it is missing or may not be read. */
  readText(path: string): string | undefined;
  /** Names in a directory; none where it is missing. */
  list(path: string): readonly string[];
  /** The absolute path of an executable. */
  which(name: string): string | undefined;
  run(argv: readonly string[]): CommandResult;
  /** Mounts an overlay where snapshots would be kept, as `argv` (a prefix) lets it; `undefined` where that works. */
  tryOverlay(prefix: readonly string[]): string | undefined;
}

export interface ProbeOptions {
  /** Directories of executables, as in `PATH`. Those of the administrator are searched besides. */
  readonly path: string;
  /** The directory snapshots are kept in, made if it is missing; the overlay is tried there. */
  readonly store: string;
  readonly uid: number;
}

const ADMIN_PATH = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];
const COMMAND_TIMEOUT_MS = 10_000;
const LONGEST_OUTPUT = 1 << 20;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function run(argv: readonly string[], path: string): CommandResult {
  const [command = "", ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    env: { PATH: path, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: COMMAND_TIMEOUT_MS,
    maxBuffer: LONGEST_OUTPUT,
  });
  return { status: status ?? undefined, stdout: stdout ?? "", stderr: stderr ?? error?.message ?? "" };
}

function tryOverlay(
  store: string,
  inNamespace: (argv: readonly string[]) => CommandResult,
): string | undefined {
  let place: string | undefined;
  try {
    mkdirSync(store, { recursive: true, mode: 0o700 });
    place = mkdtempSync(`${store}/probe-`);
    for (const name of ["lower", "upper", "work", "root"]) mkdirSync(`${place}/${name}`);
    const options = `lowerdir=${place}/lower,upperdir=${place}/upper,workdir=${place}/work`;
    const { status, stderr } = inNamespace([
      "mount",
      "-t",
      "overlay",
      "overlay",
      "-o",
      options,
      `${place}/root`,
    ]);
    return status === 0 ? undefined : stderr.trim() || `mount ended with status ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    if (place !== undefined) remove(place);
  }
}

/** The kernel leaves a folder in `work` that its owner may not look into: only root could remove it as it is. */
function remove(place: string): void {
  const left = `${place}/work/work`;
  if (existsSync(left)) chmodSync(left, 0o700);
  rmSync(place, { recursive: true, force: true });
}

/** The machine itself. */
export function machineProbe({ path, store, uid }: ProbeOptions): Probe {
  const directories = [...new Set([...path.split(":").filter((dir) => dir.startsWith("/")), ...ADMIN_PATH])];
  const fullPath = directories.join(":");
  return {
    uid,
    readText,
    list,
    which: (name) => directories.map((dir) => `${dir}/${name}`).find(isExecutable),
    run: (argv) => run(argv, fullPath),
    tryOverlay: (prefix) =>
      tryOverlay(store, (argv) => run([...prefix, "unshare", "--mount", "--", ...argv], fullPath)),
  };
}
