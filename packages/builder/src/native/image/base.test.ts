import { type RequestListener, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  type Layout,
  MediaType,
  collect,
  digestOf,
  openLayout,
  readIndex,
  readManifest,
} from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import type { Descriptor, Repository } from "@seaworthy/oci";
import { type RunningRegistry, serveRegistry } from "@seaworthy/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NativeEngineOptions } from "../../index.ts";
import { type Built, type Workbench, openShell, openWorkbench } from "../../../test/workbench.ts";

const shell = openShell();
const pull: NativeEngineOptions["pull"] = (location) =>
  remoteRepository(location, { retry: { attempts: 1 } });

async function refusing(listener: RequestListener): Promise<{ host: string; close(): void }> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, close: () => server.close() };
}

describe("FROM a registry", () => {
  let maker: Workbench;
  let served: Layout;
  let registry: RunningRegistry;
  let host: string;
  let image: Built;

  beforeAll(async () => {
    maker = await openWorkbench({ shell: shell.base });
    maker.write({ a: "a" });
    image = await maker.build(`FROM shell
RUN rm -r /opt && mkdir /opt && touch -d @5 /opt/new
COPY a /etc/
ENV BASE=yes
USER user
ONBUILD RUN echo triggered > /tmp/t
ONBUILD COPY --from=tools /tool /tmp/tool`);
    served = maker.layout;
    await served.repository("acme/base").tag(image.index, "v1");
    await served.repository("acme/docker").tag(await asDocker(served, image.index), "v1");
    registry = await serveRegistry({ store: served, uploads: join(maker.dir, "uploads") });
    host = `127.0.0.1:${registry.port}`;
  });
  afterAll(async () => {
    await registry.close();
    maker[Symbol.dispose]();
    shell[Symbol.dispose]();
  });

  const open = () => openWorkbench({ shell: shell.base }, { pull });
  const TOOLS = "FROM shell AS tools\nRUN echo tool > /tool";

  it("hands on layers as they are, config, history and triggers", async () => {
    using bench = await open();
    const built = await bench.build(`${TOOLS}
FROM ${host}/acme/base:v1
RUN id -un && cat /tmp/t /tmp/tool && ls /opt`);
    expect(built.output).toBe("user\ntriggered\ntool\nnew\n");
    const [before, after] = [await image.image(), await built.image()];
    expect(after.manifest.layers.slice(0, 3)).toEqual(before.manifest.layers);
    expect(after.config.config).toMatchObject({ Env: ["PATH=/usr/bin:/bin", "BASE=yes"], User: "user" });
    expect(after.config.config?.OnBuild).toBeUndefined();
    expect(after.config.history?.slice(0, 4)).toEqual(before.config.history?.slice(0, 4));
    expect(after.tree["opt/new"]).toEqual(before.tree["opt/new"]);
  });

  it("unpacks nothing for a stage that nothing runs in or is copied onto", async () => {
    using bench = await open();
    const built = await bench.build(
      `${TOOLS}\nFROM shell\nCOPY --link --from=${host}/acme/base:v1 /etc/a /b`,
    );
    expect((await built.image()).tree["b"]).toMatchObject({ content: "a" });
    const plain = await bench.build(`FROM ${host}/acme/docker:v1\nENV A=1`);
    const names = plain.events.flatMap((event) => (event.type === "start" ? [event.name] : []));
    expect(names.filter((name) => name.startsWith("unpack"))).toEqual([]);
    expect(names).toContain(`fetch ${host}/acme/docker:v1 (linux/amd64) layer 2/3`);
    const again = await bench.build(`FROM ${host}/acme/docker:v1\nENV A=1`);
    expect(again.events.filter((event) => event.type === "start")).toHaveLength(2);
  });

  it("fetches a layer once, though it is both unpacked and handed on", async () => {
    const asked: string[] = [];
    using bench = await openWorkbench(
      {},
      {
        pull: (location) => {
          const repository = pull(location);
          const watched: typeof repository.open = (target, signal) => {
            asked.push(target.digest);
            return repository.open(target, signal);
          };
          return { ...bound(repository), open: watched };
        },
      },
    );
    await bench.build(`FROM ${host}/acme/docker:v1\nUSER 0\nRUN true`);
    const { layers } = (await image.image()).manifest;
    expect(asked.filter((digest) => layers.some((layer) => layer.digest === digest)).toSorted()).toEqual(
      layers.map(({ digest }) => digest).toSorted(),
    );
  });

  it("says how far the download of a layer is", async () => {
    using bench = await open();
    const built = await bench.build(`FROM ${host}/acme/docker:v1\nUSER 0\nRUN true`);
    const layer = (await image.image()).manifest.layers[0]!;
    const told = built.events.flatMap((event) =>
      event.type === "advance" && event.id.startsWith("unpack") && event.total === layer.size
        ? [event.done]
        : [],
    );
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(layer.size);
  });

  it("takes an image in Docker's media types and gives one in OCI's", async () => {
    using bench = await open();
    const built = await bench.build(`FROM ${host}/acme/docker:v1\nLABEL a=b`);
    const { manifest } = await built.image();
    expect(new Set(manifest.layers.map(({ mediaType }) => mediaType))).toEqual(
      new Set([MediaType.layerGzip]),
    );
    expect(manifest.layers.map(({ digest }) => digest)).toEqual(
      (await image.image()).manifest.layers.map(({ digest }) => digest),
    );
  });

  it("takes an image by digest, through a named context, and as a source of files", async () => {
    using bench = await open();
    const named = { base: `docker-image://${host}/acme/docker@${image.index.digest}` };
    const { tree } = await (
      await bench.build("FROM scratch\nCOPY --from=base /etc/a /", { contexts: named })
    ).image();
    expect(tree).toMatchObject({ a: { content: "a" } });
    const from = await bench.build(`${TOOLS}\nFROM base`, { contexts: named });
    expect((await from.image()).tree["tmp/t"]).toMatchObject({ content: "triggered\n" });
  });

  it("says what platforms there are", async () => {
    using bench = await open();
    const failure = await bench.fail(`FROM shell AS x\n\nFROM --platform=linux/s390x ${host}/acme/base:v1`);
    expect(failure).toMatchObject({ code: "base-platform" });
    expect(failure.message).toMatch(/^Dockerfile:3: base .*: has no linux\/s390x, only linux\/amd64\n/);
  });

  it.each([
    ["a tag that is not there", (at: string) => `${at}/acme/base:v2`, "base-not-found", "not found"],
    ["a repository that is not there", (at: string) => `${at}/acme/nothing`, "base-not-found", "not found"],
    ["a registry that is not there", () => "127.0.0.1:1/acme/base", "base-unavailable", "127.0.0.1:1"],
  ])("blames the line for %s", async (_, name, code, word) => {
    using bench = await open();
    const failure = await bench.fail(`# comment\nFROM ${name(host)}\nRUN true`);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(/^Dockerfile:2: base /) });
    expect(failure.message).toContain(word);
    expect(failure.hint).not.toBe("");
    const copied = await bench.fail(`FROM scratch\n\nCOPY --from=${name(host)} /a /`);
    expect(copied).toMatchObject({ code, message: expect.stringMatching(/^Dockerfile:3: base /) });
  });

  it.each([
    [401, "base-unauthorized"],
    [403, "base-unauthorized"],
    [500, "base-unavailable"],
  ])("tells a registry that answers %i apart", async (status, code) => {
    const registryWithout = await refusing((_, response) => response.writeHead(status).end());
    using bench = await open();
    const failure = await bench.fail(`FROM ${registryWithout.host}/acme/base`);
    registryWithout.close();
    expect(failure).toMatchObject({ code, message: expect.stringMatching(/^Dockerfile:1: base /) });
    expect(failure.message).toContain(`${status}`);
  });
});

/** The methods of a repository as values. */
function bound(repository: Repository): Repository {
  return {
    has: (...call) => repository.has(...call),
    open: (...call) => repository.open(...call),
    put: (...call) => repository.put(...call),
    delete: (...call) => repository.delete(...call),
    list: () => repository.list(),
    resolve: (...call) => repository.resolve(...call),
    tag: (...call) => repository.tag(...call),
    untag: (...call) => repository.untag(...call),
    tags: (...call) => repository.tags(...call),
    referrers: (...call) => repository.referrers(...call),
  };
}

/** The same image as `docker push` would have stored it. */
async function asDocker(layout: Layout, index: Descriptor): Promise<Descriptor> {
  const store = layout.repository("acme/docker");
  const { manifests } = await readIndex(layout, index);
  const { layers, config } = await readManifest(layout, manifests[0]!);
  const bytes = await collect(await layout.open(config), 1 << 20);
  const parsed = JSON.parse(bytes.toString("utf8")) as { config: { OnBuild?: unknown } };
  delete parsed.config.OnBuild;
  const put = async (mediaType: string, value: object): Promise<Descriptor> => {
    const content = Buffer.from(JSON.stringify(value));
    const target = { mediaType, digest: digestOf(content), size: content.length };
    await store.put(target, [content]);
    return target;
  };
  return put("application/vnd.docker.distribution.manifest.v2+json", {
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: await put("application/vnd.docker.container.image.v1+json", parsed),
    layers: layers.map((layer) => ({
      ...layer,
      mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
    })),
  });
}

it("keeps a layout usable that the registry serves", async () => {
  using bench = await openWorkbench();
  const layout = await openLayout(bench.layout.dir);
  const built = await bench.build("FROM scratch\nLABEL a=b");
  expect(await layout.has(built.index)).toBe(true);
});
