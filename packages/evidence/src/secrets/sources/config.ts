import type { ImageConfig } from "@seaworthy/oci";
import type { SecretText, Scanner } from "../scanner.ts";

/** History of a RUN with build arguments: `RUN |1 TOKEN=… /bin/sh -c …`, without the RUN from older builders. */
const WITH_ARGUMENTS = /^(?:RUN )?\|\d+ /;

/** What anybody who pulls an image reads in its config. */
export async function scanConfig(scanner: Scanner, image: ImageConfig): Promise<void> {
  for (const text of textsOf(image)) await scanner.scan(text);
}

function* textsOf({ config, history }: ImageConfig): Generator<SecretText> {
  for (const text of config?.Env ?? []) {
    yield { where: { kind: "env", path: text.split("=")[0] ?? "" }, text, short: true };
  }
  for (const [path, value] of Object.entries(config?.Labels ?? {})) {
    // A label's name tells as a variable's does, with other characters in it.
    const text = `${path.replaceAll(/\W/g, "_")}=${JSON.stringify(value)}`;
    yield { where: { kind: "label", path }, text, short: true };
  }
  for (const [index, { created_by: text = "", comment = "" }] of (history ?? []).entries()) {
    const kind = WITH_ARGUMENTS.test(text) ? "arg" : "history";
    yield { where: { kind, path: String(index + 1) }, text: `${text}\n${comment}`, short: true };
  }
  const words = [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])].join(" ");
  yield { where: { kind: "config", path: "entrypoint" }, text: words, short: true };
  const health = (config?.Healthcheck?.Test ?? []).join(" ");
  yield { where: { kind: "config", path: "healthcheck" }, text: health, short: true };
}
