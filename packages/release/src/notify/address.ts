import { type Secret, isLoopback } from "@seaworthy/oci";
import { ReleaseError } from "../error.ts";

/**
 * An address that is a secret or is sent one: so TLS, or this machine.
 * @throws ReleaseError `notify-failed`, without the address
 */
export function addressOf(text: Secret | string, of: string): URL {
  const url = URL.parse(typeof text === "string" ? text : text.reveal());
  const found = url === null ? "something else" : faultOf(url);
  if (url !== null && found === undefined) return url;
  throw new ReleaseError("notify-failed", `${of}: expected an https address, found ${found}`, {
    hint: "plain http is for addresses of this machine alone; credentials go into headers",
  });
}

function faultOf(url: URL): string | undefined {
  if (url.username !== "" || url.password !== "") return "one with credentials in it";
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))) return undefined;
  return `one with ${url.protocol.slice(0, -1)}`;
}
