import { describe, expect, it } from "vitest";
import { schema } from "./schema.ts";

const email = { kind: "email", host: "mail.example", from: "ci@acme.example", to: ["ops@acme.example"] };

/** Path and message of each fault. */
function faultsOf(entry: object): readonly string[] {
  const { error } = schema.safeParse({ notify: [entry] });
  return (error?.issues ?? []).map(({ path, message }) => `${path.slice(2).join(".")}: ${message}`);
}

describe("notify in a config", () => {
  it("is nobody unless it is said", () => {
    expect(schema.parse({}).notify).toEqual([]);
  });

  it("has defaults", () => {
    const { notify } = schema.parse({
      notify: [{ kind: "github" }, { kind: "webhook", url: { env: "HOOK" } }, email],
    });
    expect(notify).toEqual([
      { kind: "github", token: { env: "GITHUB_TOKEN" }, status: true, deployment: true },
      { kind: "webhook", url: { env: "HOOK" }, headers: {} },
      { ...email, tls: "starttls" },
    ]);
  });

  it.each([
    { kind: "slack", url: { env: "SLACK_WEBHOOK" }, on: ["failure", "recovery"] },
    { kind: "slack", url: "http://127.0.0.1:8065/hooks/x" },
    {
      kind: "webhook",
      url: "https://ci.example/in",
      headers: { "x-team": "ops", authorization: { env: "A" } },
    },
    { kind: "webhook", url: "http://localhost:1/in", secret: { env: "KEY" } },
    { ...email, user: "ci", password: { env: "P" } },
    { ...email, host: "localhost", tls: "none", user: "ci", password: { env: "P" } },
  ])("takes %j", (entry) => {
    expect(faultsOf(entry)).toEqual([]);
  });

  it.each<[object, string]>([
    [{ kind: "sms" }, 'kind: expected "webhook", "slack", "email" or "github"'],
    [{ kind: "github", on: ["failure"] }, ': Unrecognized key: "on"'],
    [
      { kind: "slack", url: { env: "SLACK WEBHOOK" } },
      "url.env: expected the name of an environment variable",
    ],
    [{ kind: "slack", url: { variable: "A" } }, "url: expected { env: … } or a text"],
    [{ kind: "slack" }, "url: expected { env: … } or a text"],
    [{ ...email, from: "ci" }, "from: Invalid email address"],
    [{ ...email, from: "a@b.example\r\nBcc: c@d.example" }, "from: Invalid email address"],
    [{ ...email, to: [] }, "to: Too small: expected array to have >=1 items"],
    [{ ...email, host: "mail example" }, "host: expected a host"],
    [{ ...email, user: "ci" }, "password: expected { env: … } for the user"],
    [{ ...email, password: { env: "P" } }, "user: expected a name for the password"],
    [
      { ...email, tls: "none", user: "ci", password: { env: "P" } },
      'tls: expected "starttls" or "implicit" where a password is sent',
    ],
  ])("refuses %j", (entry, fault) => {
    expect(faultsOf(entry)).toEqual([fault]);
  });

  it.each<[string, object, string]>([
    [
      "Slack's address",
      { kind: "slack", url: "https://hooks.slack.com/services/T0/B0/X" },
      "url.env: expected the variable that holds the address, which is a secret",
    ],
    [
      "an address without TLS",
      { kind: "webhook", url: "http://ci.example/X" },
      "url.env: expected the variable that holds the address, or an https address in place of it",
    ],
    [
      "a password",
      { ...email, user: "ci", password: "X" },
      "password.env: expected the variable that holds the secret",
    ],
    [
      "a key",
      { kind: "webhook", url: { env: "A" }, secret: "X" },
      "secret.env: expected the variable that holds the secret",
    ],
    [
      "a header that holds a secret",
      { kind: "webhook", url: "https://ci.example/in", headers: { Authorization: "Bearer X" } },
      "headers.Authorization.env: expected the variable that holds the secret",
    ],
  ])("refuses %s written down, at a place where nothing is found to be shown", (_, entry, fault) => {
    expect(faultsOf(entry)).toEqual([fault]);
  });
});
