import { randomBytes } from "node:crypto";
import { type Descriptor, MediaType, type Repository, digestOf, memoryStore } from "@seaworthy/oci";

export async function putBytes(store: Repository, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const target = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.put(target, [bytes]);
  return target;
}

export function putDocument(store: Repository, mediaType: string, fields: object): Promise<Descriptor> {
  const document = { schemaVersion: 2, mediaType, ...fields };
  return putBytes(store, mediaType, Buffer.from(JSON.stringify(document)));
}

/** A store with an index of one platform, with as many layers of random bytes as there are sizes. */
export async function imageOf(...sizes: readonly number[]): Promise<{
  readonly store: Repository;
  readonly index: Descriptor;
  readonly layers: readonly Descriptor[];
}> {
  const store = memoryStore();
  const config = await putBytes(
    store,
    MediaType.config,
    Buffer.from('{"os":"linux","architecture":"amd64"}'),
  );
  const layers: Descriptor[] = [];
  for (const size of sizes) layers.push(await putBytes(store, MediaType.layerGzip, randomBytes(size)));
  const manifest = await putDocument(store, MediaType.manifest, { config, layers });
  const index = await putDocument(store, MediaType.index, {
    manifests: [{ ...manifest, platform: { os: "linux", architecture: "amd64" } }],
  });
  return { store, index, layers };
}

/** A manifest about the subject, set apart by its name; its parts are put as well. */
export async function putReferrer(store: Repository, subject: Descriptor, name: string): Promise<Descriptor> {
  const config = await putBytes(store, MediaType.empty, Buffer.from("{}"));
  return putDocument(store, MediaType.manifest, {
    artifactType: "application/example",
    config,
    layers: [],
    subject,
    annotations: { name },
  });
}
