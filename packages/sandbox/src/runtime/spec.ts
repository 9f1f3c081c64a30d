import type { ProcessSpec, SandboxMount, SandboxOptions } from "../sandbox.ts";
import type { SeccompProfile } from "./seccomp.ts";

interface RuntimeMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

interface Capabilities {
  readonly bounding: readonly string[];
  readonly effective: readonly string[];
  readonly permitted: readonly string[];
}

/** config.json of the OCI runtime spec, as far as this sandbox uses it. */
export interface RuntimeSpec {
  readonly ociVersion: string;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname: string;
  readonly process: {
    readonly terminal: false;
    readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids: readonly number[] };
    readonly args: readonly string[];
    readonly env: readonly string[];
    readonly cwd: string;
    readonly capabilities: Capabilities;
    readonly noNewPrivileges: boolean;
  };
  readonly mounts: readonly RuntimeMount[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux: {
    readonly namespaces: readonly { readonly type: string }[];
    readonly maskedPaths: readonly string[];
    readonly readonlyPaths: readonly string[];
    readonly sysctl?: Readonly<Record<string, string>>;
    readonly seccomp: SeccompProfile;
    readonly cgroupsPath?: string;
  };
}

export interface SpecContext {
  readonly rootfs: string;
  /** True where the sandbox itself is started inside a user namespace. */
  readonly userNamespace: boolean;
  /** Files made for this run: /etc/hosts and its like. */
  readonly etc: readonly SandboxMount[];
  readonly seccomp: SeccompProfile;
  readonly annotations?: Readonly<Record<string, string>>;
  /** For a runtime that insists on control groups. */
  readonly cgroupsPath?: string;
}

export const DEFAULT_HOSTNAME = "seaworthy";

/** Docker's default set without CAP_MKNOD: no device cgroup watches what would be made. */
const CAPABILITIES: readonly string[] = [
  "CAP_AUDIT_WRITE",
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_RAW",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

const MASKED_PATHS: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

const READONLY_PATHS: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

const NO_PROGRAMS = ["nosuid", "noexec", "nodev"];

/** What every container finds mounted. */
function standardMounts(userNamespace: boolean): readonly RuntimeMount[] {
  const mount = (
    destination: string,
    type: string,
    source: string,
    options: readonly string[],
  ): RuntimeMount => {
    return { destination, type, source, options };
  };
  return [
    mount("/proc", "proc", "proc", NO_PROGRAMS),
    mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    mount("/dev/pts", "devpts", "devpts", [
      "nosuid",
      "noexec",
      "newinstance",
      "ptmxmode=0666",
      "mode=0620",
      "gid=5",
    ]),
    mount("/dev/shm", "tmpfs", "shm", [...NO_PROGRAMS, "mode=1777", "size=65536k"]),
    mount("/dev/mqueue", "mqueue", "mqueue", NO_PROGRAMS),
    // A user namespace that does not own the network namespace may not mount sysfs, but may show the machine's.
    userNamespace
      ? mount("/sys", "bind", "/sys", ["rbind", "ro", ...NO_PROGRAMS])
      : mount("/sys", "sysfs", "sysfs", ["ro", ...NO_PROGRAMS]),
  ];
}

function toRuntimeMount(mount: SandboxMount): RuntimeMount {
  const destination = mount.target;
  if (mount.type === "bind") {
    const options = ["rbind", "rprivate", mount.readonly ? "ro" : "rw"];
    return { destination, type: "bind", source: mount.source, options };
  }
  const { mode = 0o1777, sizeBytes } = mount;
  const size = sizeBytes === undefined ? [] : [`size=${sizeBytes}`];
  const options = ["nosuid", "nodev", `mode=${mode.toString(8)}`, ...size];
  return { destination, type: "tmpfs", source: "tmpfs", options };
}

const depth = (path: string): number => path.split("/").filter((part) => part !== "").length;

/** Everything that gets mounted, parents before children so that none hides another; a later one of a name wins. */
export function allMounts(
  options: SandboxOptions,
  { etc, userNamespace }: SpecContext,
): readonly RuntimeMount[] {
  const byTarget = new Map<string, RuntimeMount>();
  const own = [...etc, ...(options.mounts ?? [])].map(toRuntimeMount);
  for (const mount of [...standardMounts(userNamespace), ...own]) {
    byTarget.delete(mount.destination);
    byTarget.set(mount.destination, mount);
  }
  return [...byTarget.values()].sort((a, b) => depth(a.destination) - depth(b.destination));
}

/** Docker gives its capabilities to root only; others can reach them through setuid files. */
function toCapabilities(uid: number): Capabilities {
  const held = uid === 0 ? CAPABILITIES : [];
  return { bounding: CAPABILITIES, effective: held, permitted: held };
}

/** `process` of the runtime spec: also what a second process in a container is described by. */
export function toProcess({
  args,
  env,
  cwd,
  uid,
  gid,
  additionalGids = [],
}: ProcessSpec): RuntimeSpec["process"] {
  return {
    terminal: false,
    user: { uid, gid, additionalGids },
    args,
    env,
    cwd,
    capabilities: toCapabilities(uid),
    noNewPrivileges: false,
  };
}

/** The whole of a run as data. */
export function toRuntimeSpec(
  process: ProcessSpec,
  options: SandboxOptions,
  context: SpecContext,
): RuntimeSpec {
  const alone = options.network === "none";
  const namespaces = ["pid", "ipc", "uts", "mount", ...(alone ? ["network"] : [])];
  return {
    ociVersion: "1.0.2",
    root: { path: context.rootfs, readonly: options.readonlyRootfs ?? false },
    hostname: options.hostname ?? DEFAULT_HOSTNAME,
    process: toProcess(process),
    mounts: allMounts(options, context),
    ...(context.annotations === undefined ? {} : { annotations: context.annotations }),
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READONLY_PATHS,
      // As in Docker: in a network of its own, any user may listen on port 80.
      ...(alone ? { sysctl: { "net.ipv4.ip_unprivileged_port_start": "0" } } : {}),
      seccomp: context.seccomp,
      ...(context.cgroupsPath === undefined ? {} : { cgroupsPath: context.cgroupsPath }),
    },
  };
}
