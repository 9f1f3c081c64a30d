import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTag, digestOf, formatReference, parseReference, withDefaultTag } from "./index.ts";

const digest = digestOf("x");

describe("parseReference", () => {
  it.each([
    ["node", "docker.io", "library/node", undefined],
    ["node:24", "docker.io", "library/node", "24"],
    ["seaworthy/app:v1", "docker.io", "seaworthy/app", "v1"],
    ["docker.io/node", "docker.io", "library/node", undefined],
    ["index.docker.io/library/node", "docker.io", "library/node", undefined],
    ["ghcr.io/owner/app:1.2", "ghcr.io", "owner/app", "1.2"],
    ["ghcr.io/app", "ghcr.io", "app", undefined],
    ["localhost/app", "localhost", "app", undefined],
    ["localhost:5000/app:v1", "localhost:5000", "app", "v1"],
    ["registry:5000/a/b__c/d-e.f", "registry:5000", "a/b__c/d-e.f", undefined],
    ["[::1]:5000/app", "[::1]:5000", "app", undefined],
    ["Registry.Example/app", "Registry.Example", "app", undefined],
  ])("reads %s", (text, registry, repository, tag) => {
    expect(parseReference(text)).toEqual({ registry, repository, ...(tag === undefined ? {} : { tag }) });
  });

  it("reads a digest, with and without tag", () => {
    expect(parseReference(`node@${digest}`)).toEqual({
      registry: "docker.io",
      repository: "library/node",
      digest,
    });
    expect(parseReference(`r.io/a:v1@${digest}`)).toEqual({
      registry: "r.io",
      repository: "a",
      tag: "v1",
      digest,
    });
  });

  it.each([
    ["", 'reference "": is empty'],
    ["node:", 'reference "node:": tag "" is not allowed'],
    [":24", "has no repository name"],
    ["node:a b", "is not allowed"],
    [`node:${"x".repeat(129)}`, "is not allowed"],
    ["ghcr.io/", "has no repository name"],
    ["a//b", 'has the part ""'],
    ["../app", 'expected a registry host, found ".."'],
    ["r.io/../app", 'has the part ".."'],
    ["a/_b", 'has the part "_b"'],
    ["a/b...c", 'has the part "b...c"'],
    ["http://r.io/app", 'found "http:"'],
    ["r.io:99999/app", 'found "r.io:99999"'],
    ["-r.io/app", 'found "-r.io"'],
    ["node@sha256:12", 'expected "@sha256:" and 64 hex digits'],
    [`node@${digest}@${digest}`, 'more than one "@"'],
    [`r.io/${"a/".repeat(200)}b`, "longer than 255"],
    ["x".repeat(1025), "longer than 1024"],
  ])("refuses %.60s", (text, message) => {
    const read = (): unknown => parseReference(text);
    expect(read).toThrow(expect.objectContaining({ code: "invalid-reference" }));
    expect(read).toThrow(message);
  });

  it("says the lower-case form of a name with upper case", () => {
    expect(() => parseReference("ghcr.io/Owner/App:V1")).toThrow(
      expect.objectContaining({
        message: 'reference "ghcr.io/Owner/App:V1": name "Owner/App" has upper case',
        hint: 'write it as "ghcr.io/owner/app"',
      }),
    );
    expect(() => parseReference("MyOrg/app")).toThrow(
      expect.objectContaining({ hint: 'write it as "myorg/app"' }),
    );
  });

  it("comes back from its own text", () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?$/);
    const reference = fc.record(
      {
        registry: fc.constantFrom("docker.io", "ghcr.io", "localhost:5000", "10.0.0.1:443"),
        repository: fc.array(component, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/")),
        tag: fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/),
        digest: fc.constant(digest),
      },
      { requiredKeys: ["registry", "repository"] },
    );
    fc.assert(
      fc.property(reference, (one) => {
        expect(parseReference(formatReference(one))).toEqual(one);
      }),
    );
  });
});

describe("withDefaultTag", () => {
  it("adds latest only where nothing else is named", () => {
    expect(withDefaultTag(parseReference("node")).tag).toBe("latest");
    expect(withDefaultTag(parseReference("node:24")).tag).toBe("24");
    expect(withDefaultTag(parseReference(`node@${digest}`)).tag).toBeUndefined();
  });
});

describe("checkTag", () => {
  it("accepts what registries accept", () => {
    for (const tag of ["latest", "1.2.3", "_x", "A-b.C", "x".repeat(128)])
      expect(() => checkTag(tag)).not.toThrow();
  });
});
