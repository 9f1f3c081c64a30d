import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Layout, openLayout } from "@seaworthy/oci";

/** The store of a repository, made on first need. */
export async function openStore(storeDir: string): Promise<Layout> {
  await makeOwnFolder(dirname(storeDir));
  return openLayout(storeDir);
}

/**
 * `.seaworthy` keeps itself out of git: were it an untracked file, the first release would make the second one differ
 * from its commit.
 */
export async function makeOwnFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, ".gitignore"), "*\n", { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}
