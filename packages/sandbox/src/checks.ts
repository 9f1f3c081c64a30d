import { type Platform, formatPlatform, hostPlatform } from "@seaworthy/oci";
import { canRun } from "./emulation.ts";
import { SandboxError } from "./error.ts";
import { planPrivileges } from "./privileges.ts";
import type { Probe } from "./probe.ts";
import { findRuntime } from "./runtime/find.ts";

/** One line of `seaworthy doctor`. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Without it nothing can be built or run here; the others only widen what can. */
  readonly required: boolean;
  readonly found: string;
  readonly expected: string;
  /** A command that mends it, to be run as root. */
  readonly fix?: readonly string[];
}

const INSTALL = ["apt-get", "install", "-y"];
const FOREIGN = ["amd64", "arm64"];

/** What building and running containers needs of this machine. */
export function sandboxChecks(probe: Probe): readonly Check[] {
  const host = hostPlatform();
  const foreign = FOREIGN.filter((architecture) => architecture !== host.architecture);
  return [
    checkTools(probe),
    checkRuntime(probe),
    checkPrivileges(probe),
    checkOverlay(probe),
    describeControlGroups(probe),
    ...foreign.map((architecture) => checkEmulation(probe, { os: "linux", architecture }, host)),
  ];
}

function checkTools(probe: Probe): Check {
  const missing = ["setpriv", "unshare"].filter((name) => probe.which(name) === undefined);
  const expected = "setpriv and unshare (util-linux)";
  const check = { name: "process tools", required: true, expected };
  if (missing.length === 0) return { ...check, ok: true, found: "both" };
  return { ...check, ok: false, found: `no ${missing.join(", no ")}`, fix: [...INSTALL, "util-linux"] };
}

function checkRuntime(probe: Probe): Check {
  const check = { name: "OCI runtime", required: true, expected: "crun or runc" };
  try {
    const { kind, version } = findRuntime(probe);
    return { ...check, ok: true, found: `${kind} ${version}` };
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    return { ...check, ok: false, found: error.message, fix: [...INSTALL, "crun"] };
  }
}

function checkPrivileges(probe: Probe): Check {
  const check = { name: "namespaces", required: true, expected: "root, or user namespaces" };
  const privileges = planPrivileges(probe);
  switch (privileges.kind) {
    case "root":
      return { ...check, ok: true, found: "may mount" };
    case "user-namespace":
      return { ...check, ok: true, found: "user namespaces" };
    case "impossible": {
      const { reason, fix } = privileges;
      return { ...check, ok: false, found: reason, ...(fix === undefined ? {} : { fix }) };
    }
    default:
      return privileges satisfies never;
  }
}

function checkOverlay(probe: Probe): Check {
  const check = {
    name: "overlay file system",
    required: true,
    expected: "an overlay on the cache directory",
  };
  const privileges = planPrivileges(probe);
  if (privileges.kind === "impossible")
    return { ...check, ok: false, found: "not tried, as namespaces are missing" };
  const refusal = probe.tryOverlay(privileges.kind === "root" ? [] : privileges.argv);
  if (refusal === undefined) return { ...check, ok: true, found: "mounted" };
  const known = /\boverlay$/m.test(probe.readText("/proc/filesystems") ?? "");
  return { ...check, ok: false, found: refusal, ...(known ? {} : { fix: ["modprobe", "overlay"] }) };
}

/** Told for the record: the sandbox uses none. */
function describeControlGroups(probe: Probe): Check {
  const check = { name: "control groups", ok: true, required: false, expected: "any" };
  if (probe.readText("/sys/fs/cgroup/cgroup.controllers") !== undefined)
    return { ...check, found: "version 2" };
  if (probe.readText("/sys/fs/cgroup/unified/cgroup.procs") !== undefined)
    return { ...check, found: "hybrid" };
  return { ...check, found: probe.list("/sys/fs/cgroup").length > 0 ? "version 1" : "none" };
}

function checkEmulation(probe: Probe, platform: Platform, host: Platform): Check {
  const name = `runs ${formatPlatform(platform)}`;
  const check = { name, required: false, expected: "an emulator (only to run images of that platform here)" };
  const runnable = canRun(platform, probe, host);
  if (runnable.ok) return { ...check, ok: true, found: "yes" };
  return { ...check, ok: false, found: runnable.reason, fix: [...INSTALL, "qemu-user-static"] };
}
