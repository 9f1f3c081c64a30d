import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyGraph, digestOf, MediaType, openLayout, readIndex, readManifest } from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import type { Descriptor, Layout, Repository } from "@seaworthy/oci";
import { contentStoreContract } from "@seaworthy/oci/testing";
import { serveRegistry } from "@seaworthy/registry";
import type { RunningRegistry } from "@seaworthy/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "./free-port.ts";
import { writeImage } from "./image.ts";
import { missing, peer, peerServer } from "./peers.ts";

describe.skipIf(missing !== undefined)("the embedded registry, for other clients", () => {
  let dir: string;
  let source: Layout;
  let image: Descriptor;
  let served: Layout;
  let registry: RunningRegistry;
  let host: string;

  beforeAll(async () => {
    // Below /tmp itself: the tools see no other folder for temporary files.
    dir = await mkdtemp("/tmp/seaworthy-");
    source = await openLayout(join(dir, "source"));
    image = await writeImage(source, "acme/app", "v1");
    served = await openLayout(join(dir, "served"));
    registry = await serveRegistry({ store: served, uploads: join(dir, "served", "uploads") });
    host = `127.0.0.1:${registry.port}`;
  });
  afterAll(async () => {
    await peer("docker", "rmi", `${host}/docker/app:v1`, `${host}/docker/pushed:v2`);
    await registry.close();
    await rm(dir, { recursive: true });
  });

  const open = (repository: string): Repository => remoteRepository({ registry: host, repository });

  async function publish(repository: string, tag: string): Promise<void> {
    const into = open(repository);
    await copyGraph(image, source.repository("acme/app"), into);
    await into.tag(image, tag);
  }

  it("takes an image of two platforms from skopeo and gives it back, digest for digest", async () => {
    await peer(
      "skopeo",
      "copy",
      "--all",
      "--dest-tls-verify=false",
      `oci:${dir}/source:acme/app:v1`,
      `docker://${host}/skopeo/app:v1`,
    );
    expect(await open("skopeo/app").resolve("v1")).toEqual({ ...image, platform: undefined });
    await peer(
      "skopeo",
      "copy",
      "--all",
      "--src-tls-verify=false",
      `docker://${host}/skopeo/app:v1`,
      `oci:${dir}/back:v1`,
    );
    const back = JSON.parse(await readFile(join(dir, "back", "index.json"), "utf8")) as {
      manifests: Descriptor[];
    };
    expect(back.manifests.map(({ digest }) => digest)).toEqual([image.digest]);
  });

  it("answers skopeo's inspect and list-tags, and deletes for it", async () => {
    await publish("skopeo/listed", "v1");
    await publish("skopeo/listed", "v2");
    const { stdout } = await peer(
      "skopeo",
      "list-tags",
      "--tls-verify=false",
      `docker://${host}/skopeo/listed`,
    );
    expect((JSON.parse(stdout) as { Tags: string[] }).Tags).toEqual(["v1", "v2"]);
    const inspected = await peer(
      "skopeo",
      "inspect",
      "--tls-verify=false",
      `docker://${host}/skopeo/listed:v1`,
    );
    expect((JSON.parse(inspected.stdout) as { Digest: string }).Digest).toBe(image.digest);
    await peer("skopeo", "delete", "--tls-verify=false", `docker://${host}/skopeo/listed:v1`);
    expect(await open("skopeo/listed").tags()).toEqual([]);
  });

  it("gives an image of ours to the Docker Engine", async () => {
    await publish("docker/app", "v1");
    const { stdout } = await peer("docker", "pull", `${host}/docker/app:v1`);
    expect(stdout).toContain(`Digest: ${image.digest}`);
    const { stdout: listed } = await peer("docker", "image", "inspect", `${host}/docker/app:v1`);
    expect(listed).toContain(image.digest);
  });

  it("takes an image from the Docker Engine", async () => {
    await publish("docker/origin", "v1");
    await peer("docker", "pull", `${host}/docker/origin:v1`);
    await peer("docker", "tag", `${host}/docker/origin:v1`, `${host}/docker/pushed:v2`);
    const { stdout } = await peer("docker", "push", `${host}/docker/pushed:v2`);
    const pushed = await open("docker/pushed").resolve("v2");
    expect(stdout).toContain(pushed!.digest);
    const { manifests } = await readIndex(source, image);
    const ours = await readManifest(source, manifests[0]!);
    const theirs = await readManifest(open("docker/pushed"), pushed!);
    expect(theirs.config.digest).toBe(ours.config.digest);
    await peer("docker", "rmi", `${host}/docker/pushed:v2`, `${host}/docker/origin:v1`);
    await peer("docker", "pull", `${host}/docker/pushed:v2`);
  });

  it("serves crane: list, digest, catalog, copy, validate, and a pull by digest", async () => {
    await publish("crane/app", "v1");
    const crane = async (...command: string[]): Promise<string> =>
      (await peer("crane", ...command, "--insecure")).stdout.trim();
    expect(await crane("ls", `${host}/crane/app`)).toBe("v1");
    expect(await crane("digest", `${host}/crane/app:v1`)).toBe(image.digest);
    await crane("copy", `${host}/crane/app:v1`, `${host}/crane/copied:v9`);
    expect((await open("crane/copied").resolve("v9"))?.digest).toBe(image.digest);
    expect((await crane("catalog", host)).split("\n")).toEqual(
      expect.arrayContaining(["crane/app", "crane/copied"]),
    );
    await crane("validate", "--remote", `${host}/crane/copied@${image.digest}`);
    await crane(
      "append",
      "--base",
      `${host}/crane/app:v1`,
      "--platform",
      "linux/amd64",
      "--new_layer",
      await layerFile(),
      "--new_tag",
      `${host}/crane/appended:v1`,
    );
    const appended = await open("crane/appended").resolve("v1");
    expect((await readManifest(open("crane/appended"), appended!)).layers).toHaveLength(2);
  });

  async function layerFile(): Promise<string> {
    const { manifests } = await readIndex(source, image);
    const { layers } = await readManifest(source, manifests[1]!);
    const chunks: Uint8Array[] = [];
    for await (const chunk of await source.open(layers[0]!)) chunks.push(chunk);
    const path = join(dir, "layer.tar.gz");
    await writeFile(path, Buffer.concat(chunks));
    return path;
  }

  it("keeps what oras attaches, and lists it to oras and to us", async () => {
    await publish("oras/app", "v1");
    await writeFile(join(dir, "note.txt"), "checked");
    await peer(
      "oras",
      "attach",
      "--plain-http",
      "--disable-path-validation",
      "--artifact-type",
      "application/example.note",
      `${host}/oras/app:v1`,
      `${dir}/note.txt:text/plain`,
    );
    const found = await open("oras/app").referrers(image.digest);
    expect(found.map(({ artifactType }) => artifactType)).toEqual(["application/example.note"]);
    const { stdout } = await peer(
      "oras",
      "discover",
      "--plain-http",
      "--format",
      "json",
      `${host}/oras/app:v1`,
    );
    expect(stdout).toContain(found[0]!.digest);
    expect(await open("oras/app").tags()).toEqual(["v1"]);
  });

  it("lists to oras what we attach", async () => {
    await publish("oras/ours", "v1");
    const into = open("oras/ours");
    const empty = await putJson(into, MediaType.empty, {});
    const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
    const manifest = {
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      artifactType: "application/example.ours",
      config: empty,
      layers: [empty],
      subject,
    };
    const attached = await putJson(into, MediaType.manifest, manifest);
    const { stdout } = await peer(
      "oras",
      "discover",
      "--plain-http",
      "--format",
      "json",
      `${host}/oras/ours:v1`,
    );
    expect(stdout).toContain(attached.digest);
    expect(stdout).toContain("application/example.ours");
  });

  it("lets oras push and pull files in one request each", async () => {
    await writeFile(join(dir, "payload.txt"), "payload");
    await peer(
      "oras",
      "push",
      "--plain-http",
      "--disable-path-validation",
      `${host}/oras/files:v1`,
      `${dir}/payload.txt`,
    );
    await peer(
      "oras",
      "pull",
      "--plain-http",
      "--allow-path-traversal",
      "-o",
      `${dir}/pulled`,
      `${host}/oras/files:v1`,
    );
    const tags = await peer("oras", "repo", "tags", "--plain-http", `${host}/oras/files`);
    expect(tags.stdout.trim()).toBe("v1");
  });
});

async function putJson(into: Repository, mediaType: string, document: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(document));
  const target = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await into.put(target, [bytes]);
  return target;
}

describe.skipIf(missing !== undefined)("our client, at another registry", () => {
  contentStoreContract(
    "crane registry serve, which has no referrers API",
    async () => {
      const address = `127.0.0.1:${await freePort()}`;
      // One for each case: it keeps blobs for all repositories together.
      const server = await peerServer(/:\d+/, "crane", "registry", "serve", "--address", address);
      return {
        store: remoteRepository({ registry: address, repository: "acme/app" }),
        close: () => server.stop(),
      };
    },
    {
      unsupported: {
        "lists what it holds": "a registry has no request for it",
        "deletes, and does not mind deleting what is not there":
          "it answers 500 for a blob that is not there",
      },
    },
  );
});

it.runIf(missing !== undefined)("needs the other tools", ({ skip }) => {
  skip(missing);
  expect.unreachable();
});
