import { Secret } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { readClaims } from "./claims.ts";
import { warnBeforePublicLog } from "./public-log.ts";
import { PUBLIC_SIGSTORE } from "./services.ts";

const claimsOf = (fields: object) =>
  readClaims(new Secret(`x.${Buffer.from(JSON.stringify(fields)).toString("base64url")}.x`));

describe("what a token says", () => {
  it.each<[string, object, string]>([
    [
      "GitHub's workflow",
      { job_workflow_ref: "a/b/.github/workflows/c.yml@d", sub: "s" },
      "https://github.com/a/b/.github/workflows/c.yml@d",
    ],
    [
      "GitLab's pipeline",
      { ci_config_ref_uri: "gitlab.com/a//.gitlab-ci.yml@d", sub: "s" },
      "https://gitlab.com/a//.gitlab-ci.yml@d",
    ],
    [
      "an address that was verified",
      { email: "a@example.org", email_verified: true, sub: "s" },
      "a@example.org",
    ],
    [
      "the subject, not an address that was not",
      { email: "a@example.org", email_verified: false, sub: "s" },
      "s",
    ],
    ["the subject of others", { sub: "https://kubernetes.io/x" }, "https://kubernetes.io/x"],
  ])("is %s", (_, fields, identity) => {
    expect(claimsOf({ iss: "https://issuer", ...fields })).toMatchObject({
      issuer: "https://issuer",
      identity,
    });
  });
});

describe("a warning before a public log", () => {
  const claims = (fields: object) => claimsOf({ iss: "i", sub: "who", repository: "acme/app", ...fields });

  it.each(["private", "internal"])("names a repository that is %s, and what will be public", (visibility) => {
    expect(warnBeforePublicLog(PUBLIC_SIGSTORE, claims({ repository_visibility: visibility }))).toBe(
      `acme/app is ${visibility}: signing it keyless writes who into a public log that nobody can delete from`,
    );
  });

  it("comes too where nobody says whether it is private", () => {
    expect(warnBeforePublicLog(PUBLIC_SIGSTORE, claims({}))).toMatch(/^acme\/app may be private/);
    expect(warnBeforePublicLog(PUBLIC_SIGSTORE, claimsOf({ iss: "i", sub: "who" }))).toMatch(
      /^who may be private/,
    );
  });

  it("does not come for a public repository, nor for a log of one's own", () => {
    expect(warnBeforePublicLog(PUBLIC_SIGSTORE, claims({ repository_visibility: "public" }))).toBeUndefined();
    const own = { fulcio: "https://fulcio.corp.example", rekor: "https://rekor.corp.example" };
    expect(warnBeforePublicLog(own, claims({ repository_visibility: "private" }))).toBeUndefined();
  });

  it("comes where only one of the two is public", () => {
    const mixed = { fulcio: "https://fulcio.corp.example", rekor: "https://rekor.sigstore.dev" };
    expect(warnBeforePublicLog(mixed, claims({ repository_visibility: "private" }))).toMatch(
      /^acme\/app is private/,
    );
  });
});
