import type { Check } from "@seaworthy/sandbox";

/** What decides how something is installed here. */
export interface Installer {
  readonly uid: number;
  readonly has: (program: string) => boolean;
}

export interface Mending {
  /** Run as they stand, in this order. */
  readonly commands: readonly (readonly string[])[];
  /** What is left to people, a line each. */
  readonly advice: readonly string[];
}

/** How other systems than Debian install, and where their packages have other names. */
const MANAGERS = [
  { program: "dnf", install: ["dnf", "install", "-y"], names: { uidmap: "shadow-utils" } },
  { program: "apk", install: ["apk", "add"], names: { uidmap: "shadow-uidmap" } },
  { program: "pacman", install: ["pacman", "-S", "--noconfirm"], names: { uidmap: "shadow" } },
  { program: "zypper", install: ["zypper", "install", "-y"], names: { uidmap: "shadow" } },
] as const;

/**
 * What is missing and needed, as commands. Packages are installed with apt; other systems get the command to type.
 * Whatever changes settings of the machine (kernel, users) is left to people: a build does not decide that.
 */
export function planMending(checks: readonly Check[], installer: Installer): Mending {
  const missing = checks.filter(({ ok, required }) => !ok && required);
  const packages = [...new Set(missing.flatMap(({ fix }) => packagesIn(fix)))];
  const settings = missing.flatMap(({ fix = [] }) =>
    fix.length > 0 && packagesIn(fix).length === 0 ? [fix] : [],
  );
  const advice = settings.map((command) => typeIt(command, installer));
  if (packages.length === 0) return { commands: [], advice };
  const prefix = installer.uid === 0 ? [] : ["sudo"];
  const mayInstall = installer.has("apt-get") && (installer.uid === 0 || installer.has("sudo"));
  if (!mayInstall)
    return { commands: [], advice: [typeIt(installCommand(packages, installer), installer), ...advice] };
  // Fresh machines have an empty list of packages.
  const commands = [
    [...prefix, "apt-get", "update", "-qq"],
    [...prefix, "apt-get", "install", "-y", ...packages],
  ];
  return { commands, advice };
}

/** The command that mends one check here; undefined where none is known. */
export function fixHere({ fix }: Check, installer: Installer): readonly string[] | undefined {
  const packages = packagesIn(fix);
  return packages.length === 0 ? fix : installCommand(packages, installer);
}

function packagesIn(fix: readonly string[] = []): readonly string[] {
  const [program, verb, ...rest] = fix;
  return program === "apt-get" && verb === "install" ? rest.filter((word) => !word.startsWith("-")) : [];
}

function installCommand(packages: readonly string[], { has }: Installer): readonly string[] {
  const manager = has("apt-get") ? undefined : MANAGERS.find(({ program }) => has(program));
  if (manager === undefined) return ["apt-get", "install", "-y", ...packages];
  const names: Readonly<Record<string, string>> = manager.names;
  return [...manager.install, ...packages.map((name) => names[name] ?? name)];
}

function typeIt(command: readonly string[], { uid }: Installer): string {
  return `type${uid === 0 ? "" : " as root"}: ${command.join(" ")}`;
}
