import { userInfo } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { OUTER_USER, thisMachine } from "./machine.ts";

afterEach(() => vi.unstubAllEnvs());

describe("this machine", () => {
  it("has the user who gave the command, also where that runs again as root of a user namespace", () => {
    vi.stubEnv(OUTER_USER, undefined);
    expect(thisMachine().user).toBe(userInfo().username);
    vi.stubEnv(OUTER_USER, "ada");
    expect(thisMachine().user).toBe("ada");
  });
});
