import type { Probe } from "./probe.ts";

/**
 * How this process gets to mount layers: it may already (`root`), it must be started again through `argv` (append the
 * command), or this machine does not let it.
 */
export type Privileges =
  | { readonly kind: "root" }
  | { readonly kind: "user-namespace"; readonly argv: readonly string[] }
  | {
      readonly kind: "impossible";
      readonly reason: string;
      readonly hint: string;
      /** A command that allows it, to be run as root; absent where none does. */
      readonly fix?: readonly string[];
    };

/** Bit of CAP_SYS_ADMIN in the capability sets of /proc/self/status. */
const SYS_ADMIN = 21n;
const MAPPED_IDS = 65_536;

const NEW_NAMESPACES = ["--user", "--map-root-user", "--map-auto", "--mount", "--"];

/** Inside the namespace this answers `root`, so a process that was started again goes on. */
export function planPrivileges(probe: Probe): Privileges {
  if (mayMount(probe)) return { kind: "root" };
  const unshare = probe.which("unshare");
  if (unshare === undefined) {
    return impossible(probe, "unshare is not installed", ["apt-get", "install", "-y", "util-linux"]);
  }
  const missing = missingMappings(probe);
  if (missing) return missing;
  const argv = [unshare, ...NEW_NAMESPACES];
  const trial = probe.run([...argv, "true"]);
  return trial.status === 0 ? { kind: "user-namespace", argv } : explainRefusal(probe, trial.stderr.trim());
}

function mayMount(probe: Probe): boolean {
  if (probe.uid !== 0) return false;
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(probe.readText("/proc/self/status") ?? "")?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> SYS_ADMIN) & 1n) === 1n;
}

function impossible({ uid }: Probe, reason: string, way: readonly string[] | string): Privileges {
  const who = uid === 0 ? "root without CAP_SYS_ADMIN (a container without privileges)" : "not root";
  const full = `${who}, and no user namespace: ${reason}`;
  if (typeof way === "string") return { kind: "impossible", reason: full, hint: way };
  return { kind: "impossible", reason: full, hint: `run "${way.join(" ")}" as root`, fix: way };
}

/** An image has files of many users, so one mapped user is not enough. */
function missingMappings(probe: Probe): Privileges | undefined {
  for (const helper of ["newuidmap", "newgidmap"]) {
    if (probe.which(helper) === undefined) {
      return impossible(probe, `${helper} is not installed`, ["apt-get", "install", "-y", "uidmap"]);
    }
  }
  const name = userName(probe);
  for (const file of ["/etc/subuid", "/etc/subgid"]) {
    if (!hasRange(probe.readText(file) ?? "", [name, `${probe.uid}`])) {
      return impossible(probe, `${file} gives ${name} no range of ${MAPPED_IDS} ids`, [
        "usermod",
        "--add-subuids",
        "100000-165535",
        "--add-subgids",
        "100000-165535",
        name,
      ]);
    }
  }
  return undefined;
}

function userName(probe: Probe): string {
  const line = (probe.readText("/etc/passwd") ?? "").split("\n").find((text) => {
    return text.split(":")[2] === `${probe.uid}`;
  });
  return line?.split(":")[0] ?? `${probe.uid}`;
}

function hasRange(text: string, names: readonly string[]): boolean {
  return text.split("\n").some((line) => {
    const [owner = "", , count = "0"] = line.trim().split(":");
    return names.includes(owner) && Number(count) >= MAPPED_IDS;
  });
}

interface Switch {
  readonly file: string;
  readonly refuses: (value: string) => boolean;
  readonly reason: string;
  /** The value that allows them. */
  readonly setting: string;
}

/** Settings of the kernel that forbid user namespaces, with the word that allows them. */
const SWITCHES: readonly Switch[] = [
  {
    file: "/proc/sys/user/max_user_namespaces",
    refuses: (value) => value === "0",
    reason: "user.max_user_namespaces is 0",
    setting: "user.max_user_namespaces=15000",
  },
  {
    file: "/proc/sys/kernel/unprivileged_userns_clone",
    refuses: (value) => value === "0",
    reason: "kernel.unprivileged_userns_clone is 0",
    setting: "kernel.unprivileged_userns_clone=1",
  },
  {
    file: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    refuses: (value) => value !== "0",
    reason: "AppArmor restricts them (Ubuntu 24.04 and later)",
    setting: "kernel.apparmor_restrict_unprivileged_userns=0",
  },
];

function explainRefusal(probe: Probe, found: string): Privileges {
  for (const { file, refuses, reason, setting } of SWITCHES) {
    const value = probe.readText(file)?.trim();
    if (value !== undefined && refuses(value)) return impossible(probe, reason, ["sysctl", "-w", setting]);
  }
  if (/unrecognized option.*map-auto/.test(found)) {
    return impossible(
      probe,
      "unshare is older than util-linux 2.38",
      "run this command as root, or upgrade util-linux",
    );
  }
  return impossible(
    probe,
    found === "" ? "unshare was refused" : found,
    "run this command as root; in a container, start it with --privileged, or with --security-opt seccomp=unconfined",
  );
}
