import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

describe("README", () => {
  it("has an example that runs", () => {
    const text = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
    const own = pathToFileURL(join(import.meta.dirname, "index.ts")).href;
    const code = text.split("```js\n")[1]!.split("\n```")[0]!;
    const runnable = code
      .replace('"@seaworthy/registry"', JSON.stringify(own))
      .replaceAll(/"(@seaworthy\/oci(?:\/remote)?)"/g, (_, name: string) =>
        JSON.stringify(import.meta.resolve(name)),
      );
    const cwd = mkdtempSync(join(tmpdir(), "seaworthy-"));
    try {
      const argv = ["--input-type=module", "--eval", runnable];
      expect(execFileSync(process.execPath, argv, { cwd, encoding: "utf8" })).toBe("200 []\n");
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});
