import { OciError } from "@seaworthy/oci";
import { ReleaseError } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { describeError, exitCodeOf } from "./describe-error.ts";
import { CliError } from "./error.ts";

describe("exit codes", () => {
  it.each<[string, unknown, number]>([
    ["a failure", new OciError("network", "x"), 1],
    ["a bug", new TypeError("x"), 1],
    ["something that is no error", "x", 1],
    ["wrong flags", new CliError("usage", "x"), 2],
    ["a wrong config", new CliError("config", "x"), 2],
    ["a gate's answer", new ReleaseError("refused", "x"), 3],
    ["an interruption of ours", new OciError("aborted", "x"), 130],
    ["an interruption by Node", new DOMException("x", "AbortError"), 130],
  ])("tell %s", (_, error, code) => expect(exitCodeOf(error)).toBe(code));
});

describe("describeError", () => {
  it("shows message and hint, and no stack, of what we expected", () => {
    const error = new CliError("config", "seaworthy.config.ts: imag: unknown field", { hint: "mend it" });
    expect(describeError(error)).toBe("error: seaworthy.config.ts: imag: unknown field\n  → mend it");
  });

  it("shows a stack for faults of our own, and asks for a report", () => {
    const text = describeError(new TypeError("x is undefined"));
    expect(text).toMatch(/^error: this is a fault of seaworthy itself.*\nTypeError: x is undefined\n\s+at /s);
  });

  it("shows no stack for what the system refuses", () => {
    const error = Object.assign(new Error("EACCES: permission denied, open '/x'"), {
      code: "EACCES",
      syscall: "open",
    });
    expect(describeError(error)).toBe("error: EACCES: permission denied, open '/x'");
  });

  it("says in words that the disk is full", () => {
    const error = Object.assign(new Error("ENOSPC: write"), {
      code: "ENOSPC",
      syscall: "write",
      path: "/store/x",
    });
    expect(describeError(error)).toBe(
      "error: /store/x: no space left\n  → free some, then run the same command again",
    );
  });

  it("lets no message of others move the terminal", () => {
    expect(describeError(new OciError("registry", "GET /v2/: \u001b[2Jdenied\u0007"))).toBe(
      "error: GET /v2/: denied",
    );
  });
});
