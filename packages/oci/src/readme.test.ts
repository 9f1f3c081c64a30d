import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

describe("README", () => {
  it("has an example that runs", () => {
    const text = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
    const index = pathToFileURL(join(import.meta.dirname, "index.ts")).href;
    const code = text
      .split("```js\n")[1]!
      .split("\n```")[0]!
      .replace('"@seaworthy/oci"', JSON.stringify(index));
    const cwd = mkdtempSync(join(tmpdir(), "seaworthy-readme-"));
    try {
      const output = execFileSync(process.execPath, ["--input-type=module", "--eval", code], {
        cwd,
        encoding: "utf8",
      });
      expect(output).toMatch(/^sha256:[0-9a-f]{64}: 3 pieces copied\n$/);
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});
