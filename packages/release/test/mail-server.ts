import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { AddressInfo } from "node:net";
import type { Fault } from "../src/notify/notifier.contract.ts";
import { type Mail, readMail } from "./mail.ts";

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  /** What was taken, with those it was taken for. */
  readonly taken: (Mail & { readonly to: readonly string[] })[];
  /** Connections so far. */
  readonly asked: () => number;
  /** Names and passwords that were tried. */
  readonly logins: string[];
  fail(...faults: readonly Exclude<Fault, "slow">[]): void;
  /** Answers the next `RCPT TO` of this address with this code. */
  reject(address: string, code: number): void;
}

/** A mail server on loopback that wants the password `password` where one is asked for. */
export async function startMailServer(
  options: SMTPServerOptions & { readonly password?: string } = {},
): Promise<MailServer> {
  const { password, ...rest } = options;
  const taken: MailServer["taken"] = [];
  const logins: string[] = [];
  const faults: Fault[] = [];
  const rejections = new Map<string, number>();
  let asked = 0;
  const due = (fault: Fault): boolean => faults[0] === fault && faults.shift() !== undefined;
  const server = new SMTPServer({
    authOptional: password === undefined,
    allowInsecureAuth: true,
    logger: false,
    disableReverseLookup: true,
    ...rest,
    onConnect(_, done) {
      asked += 1;
      if (due("lost")) for (const { _socket } of server.connections) _socket.destroy();
      else done();
    },
    onAuth({ username, password: tried }, _, done) {
      logins.push(`${username}:${tried}`);
      // As no server should.
      if (due("refused") || tried !== password)
        done(refusal(535, `5.7.8 ${username} may not enter with ${tried}`));
      else done(null, { user: username });
    },
    onRcptTo({ address }, _, done) {
      const code = rejections.get(address);
      rejections.delete(address);
      if (due("busy")) done(refusal(451, "4.7.1 greylisted, come again"));
      else done(code === undefined ? null : refusal(code, `no ${address} here`));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        taken.push({ ...readMail(Buffer.concat(chunks).toString("utf8")), to });
        done();
      });
    },
  });
  // A client that does not trust the certificate hangs up.
  server.on("error", () => {});
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    taken,
    asked: () => asked,
    logins,
    fail: (...more) => void faults.push(...more),
    reject: (address, code) => void rejections.set(address, code),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
