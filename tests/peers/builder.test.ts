import { createWriteStream } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { writeTar } from "@seaworthy/oci";
import { serveRegistry } from "@seaworthy/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CASES, type Case } from "../../packages/builder/test/cases.ts";
import { type Outcome, buildCase, outcomeOf } from "../../packages/builder/test/compare.ts";
import { itemsOfDirectory } from "../../packages/builder/test/root.ts";
import { openShell, openWorkbench, writeFiles } from "../../packages/builder/test/workbench.ts";
import type { Source } from "../../packages/builder/test/workbench.ts";
import { readSavedImage } from "./docker-image.ts";
import { missing, peer } from "./peers.ts";

/** Names of this run alone: the engine belongs to everybody. */
const TAG = `seaworthy-peers-${process.pid}`;
const SHELL = `seaworthy-shell-${process.pid}`;

describe.skipIf(missing !== undefined)("the native engine and BuildKit", () => {
  const shell = openShell();
  let dir: string;

  beforeAll(async () => {
    // Below /tmp itself: the tools see no other folder for temporary files.
    dir = await mkdtemp("/tmp/seaworthy-");
    const tar = join(dir, "shell.tar");
    await pipeline(Readable.from(writeTar(itemsOfDirectory(shell.dir))), createWriteStream(tar));
    await peer("docker", "import", "--change", "ENV PATH=/usr/bin:/bin", tar, SHELL);
  });
  afterAll(async () => {
    await peer("docker", "rmi", "-f", SHELL, TAG).catch(() => undefined);
    await rm(dir, { recursive: true });
    shell[Symbol.dispose]();
  });

  async function folderOf(files: Readonly<Record<string, Source>>): Promise<string> {
    const path = await mkdtemp(join(dir, "folder-"));
    await chmod(path, 0o755);
    writeFiles(path, files);
    return path;
  }

  async function withDocker(test: Case): Promise<Outcome> {
    await writeFile(join(dir, "Dockerfile"), test.dockerfile);
    const flags = ["-t", TAG, "-f", join(dir, "Dockerfile")];
    flags.push("--build-context", `shell=docker-image://${SHELL}`);
    for (const [name, value] of Object.entries(test.args ?? {}))
      flags.push("--build-arg", `${name}=${value}`);
    for (const [name, value] of Object.entries(test.labels ?? {})) flags.push("--label", `${name}=${value}`);
    for (const [name, files] of Object.entries(test.contexts ?? {})) {
      flags.push("--build-context", `${name}=${await folderOf(files)}`);
    }
    if (test.target !== undefined) flags.push("--target", test.target);
    if (test.secret !== undefined) {
      await writeFile(join(dir, "secret"), test.secret);
      flags.push("--secret", `id=one,src=${join(dir, "secret")}`);
    }
    await peer("docker", "build", ...flags, await folderOf(test.files ?? {}));
    await peer("docker", "save", "-o", join(dir, "saved.tar"), TAG);
    const { config, tree } = await readSavedImage(join(dir, "saved.tar"));
    return outcomeOf(config, tree, shell);
  }

  const rows = (wanted: (test: Case) => boolean): (readonly [string, Case])[] =>
    CASES.filter(wanted).map((test) => [test.name, test]);
  const refused = ({ fails, differs }: Case): boolean => fails === true || differs?.refuses === true;

  it.each(rows((test) => !refused(test)))("agree on %s", async (_, test) => {
    const [theirs, ours] = [await withDocker(test), await buildCase(test, shell)];
    const { reason, tree: other = {} } = test.differs ?? {};
    expect(ours).toEqual({ config: theirs.config, tree: { ...theirs.tree, ...other } });
    const same = Object.keys(other).filter((path) => theirs.tree[path] === other[path]);
    expect(same, `no difference any more: ${reason}`).toEqual([]);
  });

  it.each(rows(({ fails }) => fails === true))("both refuse %s", async (_, test) => {
    await expect(withDocker(test)).rejects.toThrow(/exit code 1/);
    await expect(buildCase(test, shell)).rejects.toThrow(/Dockerfile:\d/);
  });

  it.each(rows(({ differs }) => differs?.refuses === true))("differ on %s", async (_, test) => {
    await withDocker(test);
    await expect(buildCase(test, shell)).rejects.toThrow(/Dockerfile:\d/);
  });

  it("agree on an image of ours: Docker loads and pulls it, and it runs", async () => {
    using bench = await openWorkbench({ shell: shell.base });
    bench.write({ a: "from the context\n" });
    const built = await bench.build(`FROM shell
RUN rm -r /opt && mkdir /opt && true
RUN true
COPY --chown=user a /opt/a
WORKDIR /opt
USER user
LABEL a=b
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["id -un; pwd; cat a; ls /opt"]`);
    const { layout } = bench;
    await layout.repository("app").tag(built.index, "v1");
    const archive = join(dir, "archive.tar");
    await peer("skopeo", "copy", `oci:${layout.dir}:app:v1`, `docker-archive:${archive}:${TAG}:v1`);
    await peer("docker", "load", "-i", archive);
    const registry = await serveRegistry({ store: layout, uploads: join(bench.dir, "uploads") });
    const pulled = `127.0.0.1:${registry.port}/app:v1`;
    await peer("docker", "pull", pulled);
    await registry.close();
    for (const name of [`${TAG}:v1`, pulled]) {
      const { stdout } = await peer("docker", "run", "--rm", "--network=none", name);
      expect(stdout).toBe("user\n/opt\nfrom the context\na\n");
      await peer("docker", "rmi", "-f", name);
    }
  });
});
