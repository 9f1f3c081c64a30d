import type { Dispatcher } from "undici";
import type { ProxySettings } from "../mirrors/mirrors.ts";

/** undici is loaded here and only when the network is needed: a build with a warm cache never pays for it. */
export async function openDispatcher(proxy: ProxySettings): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import("undici");
  const options = { connectTimeout: 15_000, headersTimeout: 60_000, bodyTimeout: 60_000 };
  if (proxy.http === undefined && proxy.https === undefined) return new Agent(options);
  // Each is given, empty if need be: what is left out would be read from the environment of the process.
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: proxy.http ?? "",
    httpsProxy: proxy.https ?? "",
    noProxy: proxy.noProxy ?? "",
  });
}
