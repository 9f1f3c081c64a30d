import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLayout } from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import { contentStoreContract } from "@seaworthy/oci/testing";
import { serveRegistry } from "./index.ts";

contentStoreContract(
  "remoteRepository over serveRegistry",
  async () => {
    const dir = await mkdtemp(join(tmpdir(), "seaworthy-"));
    const registry = await serveRegistry({ store: await openLayout(dir), uploads: join(dir, "uploads") });
    return {
      store: remoteRepository({ registry: `127.0.0.1:${registry.port}`, repository: "acme/app" }),
      close: async () => {
        await registry.close();
        await rm(dir, { recursive: true });
      },
    };
  },
  { unsupported: { "lists what it holds": "a registry has no request for it" } },
);
