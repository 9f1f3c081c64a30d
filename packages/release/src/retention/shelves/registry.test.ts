import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Layout, openLayout } from "@seaworthy/oci";
import { type RemoteManifests, remoteManifests, remoteRepository } from "@seaworthy/oci/remote";
import { serveRegistry } from "@seaworthy/registry";
import { type ShelfUnderTest, shelfContract } from "../shelf.contract.ts";
import { registryShelf } from "./registry.ts";

type Change = (manifests: RemoteManifests, layout: Layout) => RemoteManifests;

async function open(change: Change): Promise<ShelfUnderTest> {
  const dir = await mkdtemp(join(tmpdir(), "seaworthy-shelf-"));
  const layout = await openLayout(dir);
  const server = await serveRegistry({ store: layout, uploads: join(dir, "uploads") });
  const location = { registry: `127.0.0.1:${server.port}`, repository: "acme/web" };
  const manifests = change(remoteManifests(location), layout);
  const name = `${location.registry}/${location.repository}`;
  return {
    shelf: registryShelf({ name, manifests, repository: remoteRepository(location) }),
    repository: remoteRepository(location),
    reader: remoteRepository(location),
    close: async () => {
      await server.close();
      await rm(dir, { recursive: true });
    },
  };
}

shelfContract("a repository of a registry", () => open((manifests) => manifests), {
  listsUntagged: false,
  restores: false,
});

/** As many registries are: an empty answer to who refers, and lists of referrers among the tags. */
const withoutReferrers: Change = (manifests, layout) => ({
  ...manifests,
  referrers: async () => [],
  async tags() {
    const { manifests: entries } = await layout.index();
    const refs = entries.map(({ annotations }) => annotations?.["org.opencontainers.image.ref.name"] ?? "");
    return refs.map((ref) => ref.slice(ref.indexOf(":") + 1));
  },
});

shelfContract("P16: a repository of a registry that lists no referrers", () => open(withoutReferrers), {
  listsUntagged: false,
  restores: false,
});
