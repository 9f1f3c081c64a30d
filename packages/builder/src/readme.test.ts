import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { expect, it } from "vitest";

it("the example of the README runs", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  const code = text
    .split("```js\n")[1]!
    .split("\n```")[0]!
    .replaceAll(/"(@seaworthy\/[a-z]+)"/g, (_, name: string) => JSON.stringify(import.meta.resolve(name)));
  const cwd = mkdtempSync(join(tmpdir(), "seaworthy-"));
  try {
    const args = ["--input-type=module", "--eval", code];
    const output = execFileSync(execPath, args, {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    // The bytes of gzip are those of the pinned Node.
    expect(output).toBe("sha256:e5a8a90bd16ba27ffa03c7abcf62063440e41815171c4d461047417ceba9d034\n");
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
