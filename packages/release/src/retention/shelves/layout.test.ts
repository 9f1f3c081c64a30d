import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLayout } from "@seaworthy/oci";
import { shelfContract } from "../shelf.contract.ts";
import { layoutShelf } from "./layout.ts";

shelfContract(
  "a repository of the embedded registry",
  async () => {
    const dir = await mkdtemp(join(tmpdir(), "seaworthy-shelf-"));
    const layout = await openLayout(dir);
    return {
      shelf: layoutShelf(layout, "acme/web"),
      repository: layout.repository("acme/web"),
      reader: layout.repository("acme/web"),
      close: () => rm(dir, { recursive: true }),
    };
  },
  { listsUntagged: true, restores: false },
);
