import { isLoopback } from "@seaworthy/oci";
import { EvidenceError } from "../error.ts";

/**
 * An address to ask: over TLS, or on this machine. Whoever may change an answer on its way decides what a gate sees.
 * @param what names the setting
 * @throws EvidenceError `unreachable`
 */
export function addressOf(text: string, what: string): URL {
  const url = URL.parse(text);
  const found = url === null ? JSON.stringify(text.slice(0, 100)) : faultOf(url);
  if (url !== null && found === undefined) return url;
  throw new EvidenceError("unreachable", `${what}: expected an https address, found ${found}`, {
    hint: "plain http is for addresses of this machine alone",
  });
}

function faultOf(url: URL): string | undefined {
  if (url.username !== "" || url.password !== "") return "one with credentials in it";
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))) return undefined;
  return `one with ${url.protocol.slice(0, -1)}`;
}
