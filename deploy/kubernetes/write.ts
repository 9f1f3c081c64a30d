import { writeFile } from "node:fs/promises";
import { baseFiles } from "./manifests.ts";

for (const [name, text] of Object.entries(baseFiles())) {
  await writeFile(new URL(`base/${name}`, import.meta.url), text);
}
