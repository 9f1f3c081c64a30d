import { type Server, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { Secret } from "@seaworthy/oci";
import { TestClock } from "@seaworthy/oci/testing";
import { describe, expect, it } from "vitest";
import { type MailServer, startMailServer } from "../../test/mail-server.ts";
import { trustedCertificate } from "../../test/certificate.ts";
import type { EmailConfig } from "./email.ts";
import { FAILURE, SUCCESS, notifierContract } from "./notifier.contract.ts";
import { openNotifiers } from "./open.ts";

const { signal } = new AbortController();
const password = "3f9a7cdd";
const login = { user: "seaworthy", password: new Secret(password) };

function configOf({ port }: Pick<MailServer, "port">, more: Partial<EmailConfig> = {}): EmailConfig {
  const from = "ci@acme.example";
  return { kind: "email", host: "127.0.0.1", port, tls: "none", from, to: ["ops@acme.example"], ...more };
}

function emailTo(server: Pick<MailServer, "port">, more: Partial<EmailConfig> = {}, clock = new TestClock()) {
  return openNotifiers(configOf(server, more), { clock })[0]!;
}

notifierContract(
  "email",
  async () => {
    const server = await startMailServer({ password });
    return {
      notifier: (tools) => openNotifiers(configOf(server, login), tools)[0]!,
      received: () => server.taken.map(({ headers, text }) => `${headers["subject"]}\n${text}`),
      asked: server.asked,
      fail: (...faults) => server.fail(...faults.filter((fault) => fault !== "slow")),
      secret: password,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  {
    unsupported: {
      "waits as long as it is asked to, and by chance a little longer": "SMTP has no way to say for how long",
    },
  },
);

describe("email", () => {
  it("is plain text that says it all", async () => {
    await using server = await startMailServer();
    await emailTo(server).notify(FAILURE, signal);
    const [{ headers, text }] = server.taken as [MailServer["taken"][0]];
    expect(headers).toMatchObject({
      subject: "release failed at verify: ghcr.io/acme/web 1.2.3",
      from: "Seaworthy <ci@acme.example>",
      to: "ops@acme.example",
      date: "Thu, 01 Jan 2026 00:00:00 +0000",
      "content-type": "text/plain; charset=utf-8",
      "auto-submitted": "auto-generated",
      "message-id": expect.stringMatching(/^<[0-9a-f]{32}@acme\.example>$/) as string,
    });
    expect(text.trimEnd()).toBe(
      [
        "release failed at verify: ghcr.io/acme/web 1.2.3",
        "",
        "verify: web: nothing answered on port 8080",
        "",
        "last lines:",
        "  starting",
        "    cannot read settings.json",
        "",
        "next step: add the file to the image",
        "",
        `image:   ${SUCCESS.reference}`,
        "commit:  4b35282aa0f7 on main",
        "by:      ada (push)",
        "took:    1 min 03 s",
        "run:     https://ci.example/runs/7",
      ].join("\n"),
    );
  });

  it("lets nothing in the news become a header or a recipient", async () => {
    await using server = await startMailServer();
    const evil = "1.2.3\r\nBcc: eve@example.com\r\n\r\nbody";
    await emailTo(server).notify({ ...SUCCESS, version: evil, name: evil, branch: evil }, signal);
    const [{ headers, to }] = server.taken as [MailServer["taken"][0]];
    expect(Object.keys(headers)).not.toContain("bcc");
    expect(headers["subject"]).toBe(
      "released 1.2.3 Bcc: eve@example.com body 1.2.3 Bcc: eve@example.com body",
    );
    expect(to).toEqual(["ops@acme.example"]);
  });

  it("writes again only to whom the server did not take yet", async () => {
    await using server = await startMailServer();
    server.reject("b@acme.example", 450);
    const to = ["a@acme.example", "b@acme.example"];
    await emailTo(server, { to }).notify(SUCCESS, signal);
    expect(server.taken.map((mail) => mail.to)).toEqual([["a@acme.example"], ["b@acme.example"]]);
    const [first, second] = server.taken.map(({ headers }) => headers["message-id"]);
    expect(second).toBe(first);
    expect(server.taken[1]!.headers["to"]).toBe("a@acme.example, b@acme.example");
  });

  it("names whom the server does not take, when the others are reached", async () => {
    await using server = await startMailServer();
    server.reject("b@acme.example", 550);
    const telling = emailTo(server, { to: ["b@acme.example", "a@acme.example"] }).notify(SUCCESS, signal);
    await expect(telling).rejects.toMatchObject({
      message: `email 127.0.0.1:${server.port}: RCPT TO b@acme.example: 550 no b@acme.example here`,
      retryable: false,
    });
    expect(server.taken.map((mail) => mail.to)).toEqual([["a@acme.example"]]);
  });

  it("logs in, and says what to check where that fails", async () => {
    await using server = await startMailServer({ password });
    await emailTo(server, login).notify(SUCCESS, signal);
    expect(server.logins).toEqual([`seaworthy:${password}`]);
    const wrong = emailTo(server, { ...login, password: new Secret("wrong-one") }).notify(SUCCESS, signal);
    await expect(wrong).rejects.toMatchObject({
      message: expect.stringMatching(
        /AUTH PLAIN: 535 5\.7\.8 seaworthy may not enter with \*\*\*$/,
      ) as string,
      hint: "check user and password",
    });
  });

  it("keeps its news from a server that does not want the password", async () => {
    await using server = await startMailServer({ disabledCommands: ["AUTH"] });
    const telling = emailTo(server, login).notify(SUCCESS, signal);
    await expect(telling).rejects.toMatchObject({ code: "notify-failed" });
    expect(server.taken).toEqual([]);
  });

  it("ends when the signal fires while the server is silent", async () => {
    const silent = await listening(createServer());
    const controller = new AbortController();
    silent.on("connection", () => controller.abort());
    const port = (silent.address() as AddressInfo).port;
    const telling = emailTo({ port }).notify(SUCCESS, controller.signal);
    await expect(telling).rejects.toMatchObject({ code: "aborted" });
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe("email over TLS", () => {
  it.for<["starttls" | "implicit", boolean]>([
    ["starttls", false],
    ["implicit", true],
  ])("with %s is encrypted before anything is said", async ([tls, secure], { skip }) => {
    const certificate = trustedCertificate();
    skip(certificate === undefined, "this machine has no openssl to make a certificate with");
    await using server = await startMailServer({ password, secure, ...certificate });
    await emailTo(server, { ...login, tls }).notify(SUCCESS, signal);
    expect(server.taken).toHaveLength(1);
    expect(server.logins).toHaveLength(1);
  });

  it.each<["starttls" | "implicit", boolean, RegExp]>([
    ["starttls", false, /certificate/],
    ["implicit", true, /certificate/],
  ])("with %s says nothing to a server whose certificate is not trusted", async (tls, secure, says) => {
    await using server = await startMailServer({ password, secure });
    const telling = emailTo(server, { ...login, tls }).notify(SUCCESS, signal);
    await expect(telling).rejects.toMatchObject({
      message: expect.stringMatching(says) as string,
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS") as string,
      retryable: false,
    });
    expect([server.taken, server.logins]).toEqual([[], []]);
  });

  it("says nothing to a server that offers none, unless told so", async () => {
    await using server = await startMailServer({ password, disabledCommands: ["STARTTLS"] });
    const { tls: _, ...usual } = configOf(server, login);
    const [notifier] = openNotifiers(usual, { clock: new TestClock() });
    await expect(notifier!.notify(SUCCESS, signal)).rejects.toMatchObject({
      message: expect.stringMatching(/STARTTLS: 5\d\d /) as string,
      retryable: false,
    });
    expect([server.taken, server.logins]).toEqual([[], []]);
  });
});

function listening(server: Server): Promise<Server> {
  return new Promise((resolve) => void server.listen(0, "127.0.0.1", () => resolve(server)));
}
