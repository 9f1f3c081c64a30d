import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testMachine } from "../../test/machine.ts";
import { parseOutput, parsePairs, parseSecrets } from "./build-options.ts";

describe("NAME=VALUE", () => {
  it.each([
    ["A=1", { A: "1" }],
    ["A=", { A: "" }],
    ["A=b=c", { A: "b=c" }],
    ["FROM_ENV", { FROM_ENV: "x y" }],
    ["NOT_SET", {}],
    ["__proto__=1", { ["__proto__"]: "1" }],
  ])("reads %s", (text, pairs) => {
    expect(Object.entries(parsePairs("--build-arg", [text], { FROM_ENV: "x y" }))).toEqual(
      Object.entries(pairs),
    );
  });

  it("lets the last of two win", () => {
    expect(parsePairs("--label", ["a=1", "a=2"])).toEqual({ a: "2" });
  });

  it.each(["=x", ""])("refuses %j", (text) => {
    expect(() => parsePairs("--build-arg", [text])).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining("--build-arg") }),
    );
  });

  it("asks for a value where there is no environment to take it from", () => {
    expect(() => parsePairs("--label", ["a"])).toThrow(/expected NAME=VALUE/);
    expect(() => parsePairs("--build-context", ["a"])).toThrow(/expected NAME=VALUE/);
  });
});

describe("--secret", () => {
  it("takes a file, relative to where the command was given", () => {
    using made = testMachine();
    writeFileSync(join(made.dir, "token"), "t");
    const file = join(made.dir, "token");
    for (const text of [
      "id=npm,src=token",
      "id=npm,source=token",
      `type=file,id=npm,src=${file}`,
      "id=token",
    ]) {
      expect(Object.values(parseSecrets([text], made.machine))).toEqual([{ file }]);
    }
  });

  it("takes a variable, by name or by its own id", () => {
    const env = { NPM_TOKEN: "abc", EMPTY: "" };
    const of = (text: string) => parseSecrets([text], { cwd: "/nonexistent", env });
    expect(of("id=npm,env=NPM_TOKEN")).toEqual({ npm: { value: "abc" } });
    expect(of("id=NPM_TOKEN,type=env")).toEqual({ NPM_TOKEN: { value: "abc" } });
    expect(of("type=env,id=npm,src=NPM_TOKEN")).toEqual({ npm: { value: "abc" } });
    expect(of("id=EMPTY")).toEqual({ EMPTY: { value: "" } });
  });

  it.each([
    ["id=npm,env=NOT_SET", /NOT_SET is not set/],
    ["id=npm,src=missing", /cannot read .*missing/],
    ["src=token", /has no id=/],
    ["id=npm,path=x", /unknown field "path"/],
    ["id=npm,type=vault", /type=vault.*expected file or env/],
    ["npm", /expected KEY=VALUE/],
  ])("refuses %s, saying why and no value", (text, message) => {
    using made = testMachine({ env: { TOKEN: "hunter22" } });
    const read = () => parseSecrets([text], made.machine);
    expect(read).toThrow(expect.objectContaining({ code: "usage", message: expect.stringMatching(message) }));
    expect(read).not.toThrow(/hunter22/);
  });
});

describe("--output", () => {
  it.each([
    [undefined, { type: "store" }],
    ["out", { type: "local", dest: "/here/out" }],
    ["type=local,dest=out", { type: "local", dest: "/here/out" }],
    ["type=oci,dest=/there/image.tar", { type: "oci", dest: "/there/image.tar", tar: true }],
    ["type=oci,dest=layout,tar=false", { type: "oci", dest: "/here/layout", tar: false }],
  ])("reads %s", (text, output) => expect(parseOutput(text, "/here")).toEqual(output));

  it.each([
    ["type=registry", /expected oci or local/],
    ["type=oci", /has no dest=/],
    ["dest=x", /expected oci or local/],
    ["type=oci,dest=x,compression=zstd", /unknown field "compression"/],
    ["type=oci,dest=x,tar=maybe", /tar=maybe.*expected true or false/],
    ["type=local,dest=x,tar=false", /unknown field "tar"/],
    ["type=oci,dest=-", /dest=-/],
    ["-", /dest=-/],
  ])("refuses %s", (text, message) => {
    expect(() => parseOutput(text, "/here")).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringMatching(message) }),
    );
  });
});
