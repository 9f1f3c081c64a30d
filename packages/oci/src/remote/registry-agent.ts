import { Agent, EnvHttpProxyAgent } from "undici";
import type { Dispatcher } from "undici";

type Environment = Readonly<Record<string, string | undefined>>;

/** HTTP/1.1 alone: bodies of unknown pace upload no faster over HTTP/2, and one broken stream breaks them all. */
const OPTIONS = { allowH2: false, connect: { timeout: 10_000 } };
/** As Docker has it: a registry on this machine is never behind a proxy. */
const LOOPBACK = "localhost,127.0.0.1,::1";

/** Connections to registries, through the proxy that the environment names; nothing else is read from there. */
export function registryAgent(environment: Environment = {}): Dispatcher {
  const named = (name: string): string => environment[name.toLowerCase()] ?? environment[name] ?? "";
  const [httpProxy, httpsProxy] = [environment["http_proxy"] ?? "", named("HTTPS_PROXY")];
  if (httpProxy === "" && httpsProxy === "") return new Agent(OPTIONS);
  // Each is given, empty if need be: what is left out would be read from the environment of the process.
  return new EnvHttpProxyAgent({
    ...OPTIONS,
    httpProxy,
    httpsProxy,
    noProxy: `${LOOPBACK},${named("NO_PROXY")}`,
  });
}
