import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/machine.ts";
import { resolveInRoot } from "../index.ts";

describe("a path in a root file system", () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  beforeAll(() => {
    dir = temporaryDirectory();
    mkdirSync(`${dir.path}/usr/bin`, { recursive: true });
    writeFileSync(`${dir.path}/file`, "");
    const links = {
      bin: "usr/bin",
      absolute: "/usr",
      up: "../../../..",
      chain: "absolute",
      dangling: "/not/there",
    };
    for (const [name, target] of Object.entries({ ...links, a: "b", b: "a" })) {
      symlinkSync(target, `${dir.path}/${name}`);
    }
  });
  afterAll(() => dir[Symbol.dispose]());

  it.each([
    ["/", ""],
    ["", ""],
    ["x/../usr/./bin//c", "/usr/bin/c"],
    ["../../..", ""],
    ["/usr/../../etc/passwd", "/etc/passwd"],
    ["/bin/tool", "/usr/bin/tool"],
    ["/bin/../tool", "/usr/tool"],
    ["/absolute/x", "/usr/x"],
    ["/up/etc/passwd", "/etc/passwd"],
    ["/chain/x", "/usr/x"],
    ["/missing/../x", "/x"],
    ["/dangling/x", "/not/there/x"],
    ["/file/x", "/file/x"],
  ])("lies inside: %j is %j", (path, expected) => {
    expect(resolveInRoot(dir.path, path)).toBe(`${dir.path}${expected}`);
  });

  it("refuses a loop", () => {
    expect(() => resolveInRoot(dir.path, "a/x")).toThrow(expect.objectContaining({ code: "path-escape" }));
  });
});
