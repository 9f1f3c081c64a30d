import { spawnSync } from "node:child_process";
import { chownSync, existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryDirectory, whyNoSandbox } from "../test/machine.ts";

const NOBODY = 65_534;
const engine = fileURLToPath(new URL("../test/engine.ts", import.meta.url));

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command as a user without privileges who owns the ids 100000 to 165535: in a mount namespace of its own, where
 * /etc/subuid says so.
 */
function asNobody(directory: string, argv: readonly string[]): Outcome {
  writeFileSync(`${directory}/subid`, "nobody:100000:65536\n", { mode: 0o644 });
  const steps = [
    `mount --bind "$0/subid" /etc/subuid`,
    `mount --bind "$0/subid" /etc/subgid`,
    `exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups --inh-caps=-all -- "$@"`,
  ];
  const shell = ["unshare", "--mount", "--", "sh", "-c", steps.join(" && "), directory, ...argv];
  return spawnSync(shell[0]!, shell.slice(1), { encoding: "utf8", timeout: 60_000 });
}

function whyNotRootless(): string | undefined {
  const reason = whyNoSandbox();
  if (reason !== undefined) return reason;
  const missing = ["newuidmap", "newgidmap"].filter((name) => !existsSync(`/usr/bin/${name}`));
  const refusal = missing.length > 0 ? `${missing.join(" and ")} not installed` : tryUserNamespace();
  if (refusal !== undefined) console.warn(`rootless tests are skipped: ${refusal}`);
  return refusal;
}

function tryUserNamespace(): string | undefined {
  if (!existsSync("/etc/subuid") || !existsSync("/etc/subgid")) return "/etc/subuid is missing";
  using dir = temporaryDirectory();
  chownSync(dir.path, NOBODY, NOBODY);
  const seen = asNobody(dir.path, [
    execPath,
    "-e",
    `require("fs").accessSync(${JSON.stringify(dirname(engine))})`,
  ]);
  if (seen.status !== 0) return "other users may not read this checkout";
  const tried = asNobody(dir.path, ["unshare", "--user", "--map-root-user", "--map-auto", "true"]);
  return tried.status === 0 ? undefined : tried.stderr;
}

const reason = whyNotRootless();

describe.skipIf(reason !== undefined)("a user without privileges", () => {
  it("has an overlay tried, of which nothing is left", () => {
    using dir = temporaryDirectory();
    chownSync(dir.path, NOBODY, NOBODY);
    const { stdout, stderr } = asNobody(dir.path, [execPath, engine, "checks", dir.path]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      checks: expect.arrayContaining([
        expect.objectContaining({ name: "overlay file system", ok: true, found: "mounted" }),
      ]),
      left: [],
    });
  });

  it("is told to start again in a user namespace, and builds there", () => {
    using dir = temporaryDirectory();
    chownSync(dir.path, NOBODY, NOBODY);
    const planned = asNobody(dir.path, [execPath, engine, "plan", dir.path]);
    const { kind, argv } = JSON.parse(planned.stdout) as { kind: string; argv: string[] };
    expect(kind).toBe("user-namespace");

    const again = asNobody(dir.path, [...argv, execPath, engine, "plan", dir.path]);
    expect(JSON.parse(again.stdout)).toEqual({ kind: "root" });

    const built = asNobody(dir.path, [...argv, execPath, engine, "build", dir.path]);
    expect(built.stderr).toBe("");
    expect(JSON.parse(built.stdout)).toEqual({
      map: ["0", `${NOBODY}`, "1", "1", "100000", expect.stringMatching(/^6553[56]$/)],
      shown: expect.not.arrayContaining(["opt"]),
      ids: {
        code: 0,
        output: expect.stringMatching(/^0\n0022\n1000 1001 4755\n0 0 644\n0 0 755\nSeccomp:\t2\n[^]*kernel/),
      },
      groups: { code: 0, output: "0 5 2000\n" },
      changed: { code: 0, output: "" },
      refused: { code: 1, output: expect.stringContaining("Operation not permitted") },
      served: ["none", "host"].map((network) => ({
        network,
        text: "hello",
        memory: expect.any(Number),
        code: 137,
      })),
      diff: [
        "etc directory 0:0",
        "etc/.wh.group file 0:0",
        "new directory 7:8",
        "new/a file 5:6",
        "tmp directory 0:0",
        "tmp/.wh..wh..opq file 0:0",
      ],
      nothing: [],
      warnings: ["layer: dev/null: left out, as devices cannot be made in a user namespace"],
      left: [expect.stringMatching(/\.bpf$/)],
    });
  });
});
