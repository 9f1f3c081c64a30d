import { digestOf, MediaType, referrersIndex, referrersTag } from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import type { Descriptor, Repository } from "@seaworthy/oci";
import { contentStoreContract } from "@seaworthy/oci/testing";
import { describe, expect, it } from "vitest";
import { type NoReferrers, withoutReferrers } from "../test/faults.ts";
import { faultyRegistry } from "../test/faulty-registry.ts";

async function registryWithout(kind: NoReferrers) {
  const registry = await faultyRegistry(withoutReferrers(kind));
  return {
    behind: registry.behind.repository("acme/app"),
    open: (): Repository => remoteRepository({ registry: registry.host, repository: "acme/app" }),
    close: async (): Promise<void> => registry[Symbol.asyncDispose](),
  };
}

for (const kind of ["answers 404", "answers with an empty list"] as const) {
  contentStoreContract(
    `remoteRepository over a registry whose referrers API ${kind}`,
    async () => {
      const { open, close } = await registryWithout(kind);
      return { store: open(), close };
    },
    { unsupported: { "lists what it holds": "a registry has no request for it" } },
  );
}

function blobOf(content: string, mediaType: string): { target: Descriptor; bytes: Buffer } {
  const bytes = Buffer.from(content);
  return { target: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

const empty = blobOf("{}", MediaType.empty);
const subject = digestOf("some image");

function referrer(fields: object = {}) {
  const manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    artifactType: "application/example",
    config: empty.target,
    layers: [],
    subject: { mediaType: MediaType.manifest, digest: subject, size: 10 },
    ...fields,
  };
  return blobOf(JSON.stringify(manifest), MediaType.manifest);
}

describe("the tag that holds referrers", () => {
  it("lists each referrer as the specification has it", async () => {
    const { open, close } = await registryWithout("answers 404");
    const store = open();
    const one = referrer({ annotations: { by: "me" } });
    await store.put(empty.target, [empty.bytes]);
    await store.put(one.target, [one.bytes]);
    const tagged = await store.resolve(referrersTag(subject));
    const chunks: Uint8Array[] = [];
    for await (const chunk of await store.open(tagged!)) chunks.push(chunk);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({
      schemaVersion: 2,
      mediaType: MediaType.index,
      manifests: [{ ...one.target, artifactType: "application/example", annotations: { by: "me" } }],
    });
    await close();
  });

  it("loses nothing to two clients that write at the same time", async () => {
    const { open, close } = await registryWithout("answers with an empty list");
    const clients = [open(), open(), open()];
    await clients[0]!.put(empty.target, [empty.bytes]);
    const many = clients.map((_, at) => referrer({ annotations: { at: String(at) } }));
    await Promise.all(clients.map((store, at) => store.put(many[at]!.target, [many[at]!.bytes])));
    const found = (await clients[0]!.referrers(subject)).map(({ digest }) => digest).sort();
    expect(found).toEqual(many.map(({ target }) => target.digest).sort());
    await close();
  });

  it("is believed in nothing but which manifests there are", async () => {
    const { open, close } = await registryWithout("answers with an empty list");
    const store = open();
    const real = referrer();
    const stranger = referrer({
      subject: { mediaType: MediaType.manifest, digest: digestOf("other"), size: 1 },
    });
    await store.put(empty.target, [empty.bytes]);
    await store.put(real.target, [real.bytes]);
    await store.put(stranger.target, [stranger.bytes]);
    // As some tools write it: the wrong type, no annotations, and entries of what refers to something else.
    const entries = [real.target, stranger.target].map((target) => ({
      ...target,
      artifactType: MediaType.empty,
    }));
    const list = blobOf(referrersIndex(entries).toString(), MediaType.index);
    await store.put(list.target, [list.bytes]);
    await store.tag(list.target, referrersTag(subject));
    expect(await store.referrers(subject)).toEqual([{ ...real.target, artifactType: "application/example" }]);
    await close();
  });

  it("may name what is gone", async () => {
    const { behind, open, close } = await registryWithout("answers 404");
    const store = open();
    const [kept, gone] = [referrer({ annotations: { n: "1" } }), referrer({ annotations: { n: "2" } })];
    await store.put(empty.target, [empty.bytes]);
    for (const { target, bytes } of [kept, gone]) await store.put(target, [bytes]);
    await behind.delete(gone.target);
    expect((await open().referrers(subject)).map(({ digest }) => digest)).toEqual([kept.target.digest]);
    await close();
  });
});
