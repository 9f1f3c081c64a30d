import { basename } from "node:path";
import type { Project } from "./context.ts";

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
