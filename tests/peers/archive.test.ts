import { mkdtemp, rm } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { type ImportedArchive, importArchive, openLayout, readImage } from "@seaworthy/oci";
import type { Descriptor, StoredImage } from "@seaworthy/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImage } from "./image.ts";
import { missing, peer } from "./peers.ts";

const NAME = "seaworthy-archive-test:v1";

describe.skipIf(missing !== undefined)("archives of other tools", () => {
  let dir: string;
  let image: Descriptor;

  beforeAll(async () => {
    dir = await mkdtemp("/tmp/seaworthy-");
    image = await writeImage(await openLayout(join(dir, "source")), "acme/app", "v1");
  });
  afterAll(() => rm(dir, { recursive: true }));

  const skopeo = (to: string, ...flags: readonly string[]) =>
    peer("skopeo", "copy", ...flags, `oci:${dir}/source:acme/app:v1`, to);

  async function load(file: string): Promise<ImportedArchive & { readonly image: StoredImage }> {
    const layout = await openLayout(join(dir, `${file}.layout`));
    const archive = await importArchive(createReadStream(join(dir, file)), layout);
    return { ...archive, image: await readImage(layout, archive.images[0]!.root) };
  }

  it("skopeo's of every platform has the digest of its source", async () => {
    await skopeo(`oci-archive:${dir}/oci.tar:v1`, "--all");
    const layout = await openLayout(join(dir, "oci"));
    const { images } = await importArchive(createReadStream(join(dir, "oci.tar")), layout);
    expect(images).toMatchObject([{ root: { digest: image.digest }, absent: [], madeHere: false }]);
  });

  it("docker save's, and skopeo's in docker's old form with its links, hold the layers of the config", async () => {
    await skopeo(`docker-archive:${dir}/old.tar:${NAME}`);
    const old = await load("old.tar");
    expect(old).toMatchObject({ kind: "docker", images: [{ madeHere: true }] });
    await peer("docker", "load", "-i", `${dir}/old.tar`);
    await peer("docker", "save", NAME, "-o", `${dir}/new.tar`);
    await peer("docker", "rmi", NAME);
    const saved = await load("new.tar");
    expect(saved).toMatchObject({ kind: "oci", images: [{ madeHere: false }] });
    for (const { config, layers } of [old.image, saved.image]) {
      expect(layers.map(({ digest }) => digest)).toEqual(config.rootfs.diff_ids);
    }
  });
});
