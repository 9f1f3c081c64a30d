import { SandboxError } from "../error.ts";
import type { Probe } from "../probe.ts";

/** The programs a sandbox is made of, by absolute path. */
export interface Runtime {
  readonly kind: "crun" | "runc";
  readonly path: string;
  readonly version: string;
  readonly setpriv: string;
  readonly unshare: string;
}

/** Oldest versions this was made for: crun 1.0 reads filters from an annotation, runc 1.1 mounts by descriptor. */
const OLDEST = { crun: [1, 0], runc: [1, 1] } as const;

export const RUNTIME_HINT = 'install crun: "apt-get install -y crun" as root';

/** crun where it is installed, else runc. Throws `runtime-missing` with what to install. */
export function findRuntime(probe: Probe): Runtime {
  const tools = { setpriv: probe.which("setpriv"), unshare: probe.which("unshare") };
  const { setpriv, unshare } = tools;
  if (setpriv === undefined || unshare === undefined) {
    const name = setpriv === undefined ? "setpriv" : "unshare";
    throw new SandboxError("runtime-missing", `sandbox: expected ${name} on the machine, found none`, {
      hint: 'install util-linux: "apt-get install -y util-linux" as root',
    });
  }
  const found: string[] = [];
  for (const kind of ["crun", "runc"] as const) {
    const path = probe.which(kind);
    if (path === undefined) continue;
    const version = versionOf(probe, path);
    if (isAtLeast(version, OLDEST[kind])) return { kind, path, version, setpriv, unshare };
    found.push(`${kind} ${version}`);
  }
  const expected = `crun ${OLDEST.crun.join(".")} or runc ${OLDEST.runc.join(".")} or later`;
  throw new SandboxError(
    "runtime-missing",
    `sandbox: expected ${expected}, found ${found.join(", ") || "neither"}`,
    {
      hint: RUNTIME_HINT,
    },
  );
}

function versionOf(probe: Probe, path: string): string {
  return (
    /\bversion\s+v?(\d+\.\d+[^\s]*)/.exec(probe.run([path, "--version"]).stdout)?.[1] ?? "of unknown version"
  );
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const match = /^(\d+)\.(\d+)/.exec(version);
  if (!match) return false;
  const [foundMajor, foundMinor] = [Number(match[1]), Number(match[2])];
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}
