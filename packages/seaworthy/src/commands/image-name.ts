import { basename } from "node:path";
import { readImageName } from "../config/image-name.ts";
import { CliError } from "../error.ts";
import type { Project } from "./context.ts";

/** What `--image` says, as registries take names, and with a word where it was written in another way. */
export function givenName(text: string | undefined, warn: (message: string) => void): string | undefined {
  if (text === undefined) return undefined;
  const { name, suffix, warning } = readImageName(text);
  if (suffix !== "") {
    throw new CliError("usage", `--image ${text}: expected a name without tag and digest`, {
      hint: "tags come from the event; seaworthy tags shows them",
    });
  }
  if (warning !== undefined) warn(warning);
  return name;
}

/** Without a registry in its name an image goes to the embedded one. */
export function imageName({ config, root }: Pick<Project, "config" | "root">, given?: string): string {
  const image = given ?? config.image ?? nameOfFolder(root);
  const [first = ""] = image.split("/");
  const hasRegistry = image.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return hasRegistry ? image : `127.0.0.1:${config.registry.port}/${image}`;
}

/** Distribution spec, names: lower case, letters and digits with single marks between them. */
function nameOfFolder(root: string): string {
  const words = basename(root)
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? ["image"];
  return words.join("-");
}
