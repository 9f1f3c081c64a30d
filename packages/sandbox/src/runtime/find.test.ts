import { describe, expect, it } from "vitest";
import { type Probe, findRuntime } from "../index.ts";

function machine(versions: Readonly<Record<string, string>>): Probe {
  return {
    uid: 0,
    readText: () => undefined,
    list: () => [],
    which: (name) => (name in versions ? `/usr/bin/${name}` : undefined),
    run: ([path = ""]) => ({ status: 0, stdout: versions[path.slice("/usr/bin/".length)] ?? "", stderr: "" }),
    tryOverlay: () => undefined,
  };
}

const tools = { setpriv: "", unshare: "" };

describe("the runtime of a machine", () => {
  it("is crun where both are installed", () => {
    const probe = machine({ ...tools, crun: "crun version 1.8.1\n", runc: "runc version 1.1.5+ds1\n" });
    expect(findRuntime(probe)).toMatchObject({ kind: "crun", version: "1.8.1", path: "/usr/bin/crun" });
  });

  it("is runc where crun is missing or too old", () => {
    const runc = "runc version 1.1.5+ds1\n";
    expect(findRuntime(machine({ ...tools, runc }))).toMatchObject({ kind: "runc", version: "1.1.5+ds1" });
    expect(findRuntime(machine({ ...tools, runc, crun: "crun version 0.21\n" }))).toMatchObject({
      kind: "runc",
    });
  });

  it.each([
    ["nothing is installed", tools, "found neither", "crun"],
    ["all are too old", { ...tools, runc: "runc version 1.0.3\n" }, "found runc 1.0.3", "crun"],
    ["its version is not told", { ...tools, crun: "?" }, "found crun of unknown version", "crun"],
    ["unshare is missing", { setpriv: "", crun: "crun version 1.8" }, "expected unshare", "util-linux"],
  ])("is asked for where %s", (_, versions, message, fix) => {
    expect(() => findRuntime(machine(versions))).toThrow(
      expect.objectContaining({
        code: "runtime-missing",
        message: expect.stringContaining(message),
        hint: expect.stringContaining(fix),
      }),
    );
  });
});
