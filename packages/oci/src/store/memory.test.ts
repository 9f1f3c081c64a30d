import { describe, expect, it } from "vitest";
import { contentStoreContract } from "../content-store.contract.ts";
import { digestOf, MediaType, memoryStore } from "../index.ts";

contentStoreContract("memoryStore", async () => ({ store: memoryStore() }));

describe("memoryStore", () => {
  it("keeps its own copy of what was put and what is read", async () => {
    const store = memoryStore();
    const bytes = Buffer.from("content");
    const target = { mediaType: MediaType.octets, digest: digestOf(bytes), size: bytes.length };
    await store.put(target, [bytes]);
    bytes.fill(0);
    for await (const chunk of await store.open(target)) chunk.fill(0);
    const again: Uint8Array[] = [];
    for await (const chunk of await store.open(target)) again.push(chunk);
    expect(Buffer.concat(again).toString()).toBe("content");
  });
});
