import { describe, expect, it } from "vitest";
import { endpointOf } from "./endpoint.ts";

describe("endpointOf", () => {
  it.each([
    ["docker.io", "auto", "https://registry-1.docker.io/"],
    ["index.docker.io", "auto", "https://registry-1.docker.io/"],
    ["ghcr.io", "auto", "https://ghcr.io/"],
    ["registry.example:5000", "auto", "https://registry.example:5000/"],
    ["localhost:5000", "auto", "http://localhost:5000/"],
    ["127.0.0.1:5000", "auto", "http://127.0.0.1:5000/"],
    ["127.8.9.1", "auto", "http://127.8.9.1/"],
    ["[::1]:5000", "auto", "http://[::1]:5000/"],
    ["127.0.0.1.evil.example", "auto", "https://127.0.0.1.evil.example/"],
    ["localhost.evil.example", "auto", "https://localhost.evil.example/"],
    ["localhost:5000", false, "https://localhost:5000/"],
    ["registry.example:5000", true, "http://registry.example:5000/"],
  ] as const)("takes %s with insecure %s for %s", (registry, insecure, expected) => {
    expect(endpointOf(registry, insecure).href).toBe(expected);
  });
});
