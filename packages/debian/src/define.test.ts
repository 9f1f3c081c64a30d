import { describe, expect, it } from "vitest";
import { debian, imageConfigOf, npmFiles } from "./index.ts";
import type { DebianOptions } from "./index.ts";

const MINIMAL: DebianOptions = { suite: "trixie", packages: ["libc6"] };

describe("debian()", () => {
  it("fills in defaults", () => {
    expect(debian(MINIMAL)).toMatchObject({
      kind: "debian",
      components: ["main"],
      omit: [],
      npm: [],
      exclude: [],
    });
    expect(imageConfigOf(debian(MINIMAL))).toEqual({
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    });
  });

  it("says how the image runs", () => {
    const base = debian({
      ...MINIMAL,
      env: { PATH: "/x", A: "b" },
      entrypoint: ["/e"],
      cmd: ["c"],
      workdir: "/w",
      runAs: "65532",
    });
    expect(imageConfigOf(base)).toEqual({
      Env: ["PATH=/x", "A=b"],
      Entrypoint: ["/e"],
      Cmd: ["c"],
      WorkingDir: "/w",
      User: "65532",
    });
  });

  it.each<readonly [string, object, string]>([
    [
      "a suite without pinned keys",
      { suite: "jessie" },
      'debian().suite: expected one of bookworm, trixie, found "jessie"',
    ],
    [
      "a package that is no name",
      { packages: ["libc6", "Lib C"] },
      'debian().packages[1]: expected a package name, found "Lib C"',
    ],
    [
      "packages that are no list",
      { packages: "libc6" },
      'debian().packages: expected a list of package names, found "libc6"',
    ],
    [
      "a relative link path",
      { symlinks: { "bin/x": "y" } },
      'debian().symlinks: expected an absolute path without . and .., found "bin/x"',
    ],
    ["a link path that climbs", { symlinks: { "/bin/../../x": "y" } }, "debian().symlinks"],
    [
      "a user name that is none",
      { user: [{ name: "a:b", uid: 1, gid: 1 }] },
      'debian().user[0].name: expected a user name, found "a:b"',
    ],
    [
      "a uid that is none",
      { user: [{ name: "a", uid: -1, gid: 1 }] },
      "debian().user[0].uid: expected 0 to 4294967294, found -1",
    ],
    [
      "a shell that adds a line",
      { user: [{ name: "a", uid: 1, gid: 1, shell: "/x\nroot::0:0" }] },
      "debian().user[0]",
    ],
    [
      "an npm version range",
      { npm: [{ name: "npm", version: "11.x", files: {} }] },
      'debian().npm[0].version: expected an exact version like "24.21.0", found "11.x"',
    ],
    [
      "an npm name with a path",
      { npm: [{ name: "../x", version: "1.0.0", files: {} }] },
      "debian().npm[0].name",
    ],
    [
      "an npm file that climbs",
      { npm: [{ name: "x", version: "1.0.0", files: { "../y": "/z" } }] },
      "debian().npm[0].files",
    ],
    [
      "a destination that climbs",
      { npm: [{ name: "x", version: "1.0.0", files: { y: "/a/../z" } }] },
      "debian().npm[0].files",
    ],
  ])("refuses %s, naming the field", (_, options, message) => {
    expect(() => debian({ ...MINIMAL, ...options })).toThrow(
      expect.objectContaining({ code: "invalid-base", message: expect.stringContaining(message) }),
    );
  });

  it("suggests the nearest field for one it does not know", () => {
    const options = { ...MINIMAL, pakages: [] } as DebianOptions;
    expect(() => debian(options)).toThrow(
      expect.objectContaining({
        message: 'debian(): unknown field "pakages"',
        hint: 'did you mean "packages"?',
      }),
    );
  });
});

describe("npmFiles()", () => {
  it("takes one name for all platforms or one for each", () => {
    expect(npmFiles("npm", "11.21.2", { ".": "/opt/npm" })).toEqual({
      name: "npm",
      version: "11.21.2",
      files: { ".": "/opt/npm" },
    });
    expect(() => npmFiles({ amd64: "x", arm64: "" }, "1.0.0", {})).toThrow(
      expect.objectContaining({ code: "invalid-base" }),
    );
  });
});
