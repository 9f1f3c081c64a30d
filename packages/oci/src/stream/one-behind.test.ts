import { describe, expect, it } from "vitest";
import { digestOf, oneBehind, verified } from "../index.ts";

describe("oneBehind", () => {
  it("passes everything on in order", async () => {
    const seen: string[] = [];
    for await (const chunk of oneBehind(["a", "", "bc", "d"].map((text) => Buffer.from(text)))) {
      seen.push(Buffer.from(chunk).toString());
    }
    expect(seen).toEqual(["a", "bc", "d"]);
  });

  it("passes nothing of nothing on", async () => {
    for await (const _ of oneBehind([])) expect.unreachable();
    expect.assertions(0);
  });

  it("keeps the last chunk back where the whole is wrong", async () => {
    const seen: number[] = [];
    const wrong = verified([Buffer.alloc(5), Buffer.alloc(3)], { digest: digestOf("other"), size: 8 });
    const read = async (): Promise<void> => {
      for await (const chunk of oneBehind(wrong)) seen.push(chunk.length);
    };
    await expect(read()).rejects.toMatchObject({ code: "digest-mismatch" });
    expect(seen).toEqual([5]);
  });
});
