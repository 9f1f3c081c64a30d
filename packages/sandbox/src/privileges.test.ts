import { describe, expect, it } from "vitest";
import { type Probe, planPrivileges } from "./index.ts";

const ALL = "CapEff:\t000001ffffffffff";
const DOCKER = "CapEff:\t00000000a80425fb";

/** A machine with everything a user needs, but for what a test changes. */
function machine(
  changes: Partial<Omit<Probe, "readText" | "which">> & {
    readonly files?: Readonly<Record<string, string | undefined>>;
    readonly missing?: readonly string[];
  },
): Probe {
  const files: Readonly<Record<string, string | undefined>> = {
    "/proc/self/status": "Name:\tnode\nCapEff:\t0000000000000000\n",
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n",
    "/etc/subuid": "other:100000:65536\nme:165536:65536\n",
    "/etc/subgid": "1000:165536:65536\n",
    ...changes.files,
  };
  return {
    uid: 1000,
    list: () => [],
    run: () => ({ status: 0, stdout: "", stderr: "" }),
    tryOverlay: () => undefined,
    ...changes,
    readText: (path) => files[path],
    which: (name) => (changes.missing?.includes(name) === true ? undefined : `/usr/bin/${name}`),
  };
}

const refused =
  (stderr: string): Probe["run"] =>
  () => ({ status: 1, stdout: "", stderr });

describe("the plan for privileges", () => {
  it("goes on as it is where root may mount", () => {
    const probe = machine({ uid: 0, files: { "/proc/self/status": ALL } });
    expect(planPrivileges(probe)).toEqual({ kind: "root" });
  });

  it("starts a user's process again in a user namespace, having tried it", () => {
    const tried: (readonly string[])[] = [];
    const run: Probe["run"] = (argv) => {
      tried.push(argv);
      return { status: 0, stdout: "", stderr: "" };
    };
    const argv = ["/usr/bin/unshare", "--user", "--map-root-user", "--map-auto", "--mount", "--"];
    expect(planPrivileges(machine({ run }))).toEqual({ kind: "user-namespace", argv });
    expect(tried).toEqual([[...argv, "true"]]);
  });

  it("does not take root without CAP_SYS_ADMIN for privileged", () => {
    const files = { "/proc/self/status": DOCKER };
    const plan = planPrivileges(machine({ uid: 0, files, run: refused("unshare: unshare failed") }));
    expect(plan).toMatchObject({ kind: "impossible" });
  });

  it.each([
    ["newuidmap", ["apt-get", "install", "-y", "uidmap"]],
    ["newgidmap", ["apt-get", "install", "-y", "uidmap"]],
    ["unshare", ["apt-get", "install", "-y", "util-linux"]],
  ])("says how to get %s", (name, fix) => {
    expect(planPrivileges(machine({ missing: [name] }))).toEqual({
      kind: "impossible",
      reason: `not root, and no user namespace: ${name} is not installed`,
      hint: `run "${fix.join(" ")}" as root`,
      fix,
    });
  });

  it.each([
    ["a missing file", undefined],
    ["no line of this user", "other:100000:65536\n"],
    ["too few ids", "me:100000:1000\n"],
    ["nonsense", "me:x:y\nme\n"],
  ])("says how to get subordinate ids where /etc/subuid has %s", (_, text) => {
    const plan = planPrivileges(machine({ files: { "/etc/subuid": text } }));
    expect(plan).toMatchObject({
      reason: "not root, and no user namespace: /etc/subuid gives me no range of 65536 ids",
      fix: ["usermod", "--add-subuids", "100000-165535", "--add-subgids", "100000-165535", "me"],
    });
  });

  it.each([
    ["/proc/sys/user/max_user_namespaces", "0\n", "user.max_user_namespaces=15000"],
    ["/proc/sys/kernel/unprivileged_userns_clone", "0\n", "kernel.unprivileged_userns_clone=1"],
    [
      "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
      "1\n",
      "kernel.apparmor_restrict_unprivileged_userns=0",
    ],
  ])("names the setting where %s forbids it", (file, text, setting) => {
    const probe = machine({
      files: { [file]: text },
      run: refused("unshare: write failed /proc/self/uid_map"),
    });
    expect(planPrivileges(probe)).toMatchObject({ kind: "impossible", fix: ["sysctl", "-w", setting] });
  });

  it("says that unshare is too old", () => {
    const probe = machine({ run: refused("unshare: unrecognized option '--map-auto'\n") });
    expect(planPrivileges(probe)).toMatchObject({ reason: expect.stringContaining("util-linux 2.38") });
  });

  it("passes on what unshare says where nothing else explains it", () => {
    const probe = machine({ run: refused("unshare: unshare failed: Operation not permitted\n") });
    expect(planPrivileges(probe)).toMatchObject({
      reason: "not root, and no user namespace: unshare: unshare failed: Operation not permitted",
      hint: expect.stringContaining("--privileged"),
    });
  });
});
