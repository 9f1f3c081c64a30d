import { describe, expect, it } from "vitest";

import { WholeEvents } from "./whole-events.ts";

describe("WholeEvents", () => {
  const text = 'event: a\ndata: {"x": "é\\n\\n"}\n\n: keep-alive\n\nevent: b\ndata: 2\n\n';

  it("passes the same bytes on, whatever the cuts", () => {
    const bytes = Buffer.from(text);
    for (let size = 1; size <= bytes.length; size++) {
      const events = new WholeEvents(1_000);
      const passed: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) passed.push(events.push(bytes.subarray(at, at + size)));
      expect(Buffer.concat(passed).toString()).toBe(text);
      for (const part of passed) expect(part.length === 0 || part.toString().endsWith("\n\n")).toBe(true);
    }
  });

  it("keeps back an event that is not complete", () => {
    const events = new WholeEvents(1_000);
    expect(events.push(Buffer.from('event: a\ndata: 1\n\nevent: b\ndata: {"te')).toString()).toBe(
      "event: a\ndata: 1\n\n",
    );
  });

  it("refuses an event without an end", () => {
    const events = new WholeEvents(100);
    expect(() => {
      for (let index = 0; index < 20; index++) events.push(Buffer.from("data: xxx"));
    }).toThrow("an event is larger than 100 bytes");
  });
});
