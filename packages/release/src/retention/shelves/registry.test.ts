import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLayout } from "@seaworthy/oci";
import { remoteManifests, remoteRepository } from "@seaworthy/oci/remote";
import { serveRegistry } from "@seaworthy/registry";
import { shelfContract } from "../shelf.contract.ts";
import { registryShelf } from "./registry.ts";

shelfContract(
  "a repository of a registry",
  async () => {
    const dir = await mkdtemp(join(tmpdir(), "seaworthy-shelf-"));
    const server = await serveRegistry({ store: await openLayout(dir), uploads: join(dir, "uploads") });
    const location = { registry: `127.0.0.1:${server.port}`, repository: "acme/web" };
    const name = `${location.registry}/${location.repository}`;
    return {
      shelf: registryShelf({
        name,
        manifests: remoteManifests(location),
        repository: remoteRepository(location),
      }),
      repository: remoteRepository(location),
      reader: remoteRepository(location),
      close: async () => {
        await server.close();
        await rm(dir, { recursive: true });
      },
    };
  },
  { listsUntagged: false, restores: false },
);
