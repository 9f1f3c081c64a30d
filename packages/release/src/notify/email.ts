import { type Secret, digestOf, hexOf, throwIfAborted } from "@seaworthy/oci";
import type { NodemailerError, SMTPSentMessageInfo, SMTPTransportOptions, SendMailOptions } from "nodemailer";
import type { News, Notifier } from "./notifier.ts";
import { type NotifyTools, persist } from "./persist.ts";
import { smtpFault } from "./smtp-fault.ts";
import { headline, plainText, shorten } from "./text.ts";

export interface EmailConfig {
  readonly kind: "email";
  readonly host: string;
  /** Default 465 for `implicit`, else 587. */
  readonly port?: number | undefined;
  /**
   * `starttls` (the default) and `implicit` send nothing where TLS fails or the certificate is not trusted; `none` is
   * for relays on this machine.
   */
  readonly tls?: "starttls" | "implicit" | "none";
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

/** A subject is shown in a list. */
const SUBJECT = 150;
const TIMES = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 10_000,
  dnsTimeout: 10_000,
};

/** One message in plain text to everybody, over SMTP. Whom an earlier try has reached is not written to again. */
export function email(config: EmailConfig, tools: NotifyTools): Notifier {
  const { host, from, to, password } = config;
  const server = serverOf(config);
  const name = `email ${host}:${server.port}`;
  return {
    name,
    async notify(news, signal) {
      const message = { ...messageOf(news, config, tools.clock.now()), signal };
      const waiting = new Set(to);
      const attempt = async (): Promise<void> => {
        throwIfAborted(signal);
        try {
          const envelope = { from, to: [...waiting] };
          const { accepted, rejectedErrors = [] } = await send(server, { ...message, envelope });
          for (const address of accepted) waiting.delete(address);
          if (rejectedErrors.length > 0) throw rejectedErrors.find(isForNow) ?? rejectedErrors[0];
        } catch (error) {
          throwIfAborted(signal);
          throw smtpFault(name, error, password);
        }
      };
      await persist(attempt, tools, signal);
    },
  };
}

function serverOf({ host, tls = "starttls", port, user, password }: EmailConfig) {
  return {
    host,
    port: port ?? (tls === "implicit" ? 465 : 587),
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    // A server that does not ask for the password is not the one it is for.
    ...(user === undefined || password === undefined
      ? {}
      : { auth: { user, pass: password.reveal() }, forceAuth: true }),
    // A text is a text: none of it names a file or an address to be read.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...TIMES,
  };
}

async function send(server: SMTPTransportOptions, message: SendMailOptions): Promise<SMTPSentMessageInfo> {
  // Loaded here: who writes to nobody does not pay for it.
  const { createTransport } = await import("nodemailer");
  return createTransport(server).sendMail(message);
}

function isForNow({ responseCode = 0 }: NodemailerError): boolean {
  return responseCode < 500;
}

/** Equal for every try, so that who gets it twice sees it once. */
function messageOf(news: News, { from, to }: EmailConfig, now: number): SendMailOptions {
  const subject = shorten(headline(news), SUBJECT);
  const text = plainText(news);
  const id = hexOf(digestOf(`${now}\n${from}\n${text}`)).slice(0, 32);
  return {
    from: { name: "Seaworthy", address: from },
    to: [...to],
    subject,
    text,
    date: new Date(now),
    messageId: `<${id}@${from.slice(from.lastIndexOf("@") + 1)}>`,
    // RFC 3834: nobody's absence note is to answer.
    headers: { "auto-submitted": "auto-generated" },
    xMailer: false,
  };
}
