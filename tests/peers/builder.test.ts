import { createWriteStream } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RunConfig } from "@seaworthy/oci";
import { writeTar } from "@seaworthy/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Tree, type TreeFile, merge } from "../../packages/builder/test/image.ts";
import { itemsOfDirectory } from "../../packages/builder/test/root.ts";
import { openShell, openWorkbench, writeFiles } from "../../packages/builder/test/workbench.ts";
import type { Source } from "../../packages/builder/test/workbench.ts";
import { CASES, type Case } from "./builder.cases.ts";
import { type SavedImage, readSavedImage } from "./docker-image.ts";
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

  async function withDocker(test: Case): Promise<SavedImage> {
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
    return readSavedImage(join(dir, "saved.tar"));
  }

  async function withOurs(test: Case): Promise<SavedImage> {
    using bench = await openWorkbench({ shell: shell.base });
    bench.write(test.files ?? {});
    const contexts: Record<string, string> = {};
    for (const [name, files] of Object.entries(test.contexts ?? {})) contexts[name] = await folderOf(files);
    const built = await bench.build(test.dockerfile, {
      contexts,
      args: test.args ?? {},
      labels: test.labels ?? {},
      ...(test.target === undefined ? {} : { target: test.target }),
      ...(test.secret === undefined ? {} : { secrets: { one: { value: test.secret } } }),
    });
    const { config, tree } = await built.image();
    return { config: config.config ?? {}, tree };
  }

  const rows = (wanted: (test: Case) => boolean): (readonly [string, Case])[] =>
    CASES.filter(wanted).map((test) => [test.name, test]);
  const refused = ({ fails, differs }: Case): boolean => fails === true || differs?.refuses === true;

  it.each(rows((test) => !refused(test)))("agree on %s", async (_, test) => {
    const [theirs, ours] = [await withDocker(test), await withOurs(test)];
    const { reason, tree: other = {} } = test.differs ?? {};
    expect({ config: comparable(ours.config), tree: changed(ours.tree) }).toEqual({
      config: comparable(theirs.config),
      tree: { ...changed(theirs.tree), ...other },
    });
    const same = Object.keys(other).filter((path) => changed(theirs.tree)[path] === other[path]);
    expect(same, `no difference any more: ${reason}`).toEqual([]);
  });

  it.each(rows(({ fails }) => fails === true))("both refuse %s", async (_, test) => {
    await expect(withDocker(test)).rejects.toThrow(/exit code 1/);
    await expect(withOurs(test).then(({ tree }) => changed(tree))).rejects.toThrow(/Dockerfile:\d/);
  });

  it.each(rows(({ differs }) => differs?.refuses === true))("differ on %s", async (_, test) => {
    await withDocker(test);
    await expect(withOurs(test).then(({ tree }) => changed(tree))).rejects.toThrow(/Dockerfile:\d/);
  });

  let before: Tree | undefined;
  /** What differs from the base, so that a failure shows what matters. */
  function changed(tree: Tree): Record<string, string> {
    before ??= merge([[...itemsOfDirectory(shell.dir)].map(({ entry }) => ({ ...entry, content: "" }))]);
    const described = (file: TreeFile | undefined): string =>
      file === undefined
        ? "gone"
        : [file.type, file.mode, file.owner, file.link ?? "", file.content ?? ""].join(" ");
    const paths = new Set([...Object.keys(before), ...Object.keys(tree)]);
    return Object.fromEntries(
      [...paths].toSorted().flatMap((path) => {
        const [old, now] = [before![path], tree[path]];
        const untouched = /^usr\/(bin|lib)/.test(path) && now?.type === old?.type && now?.mode === old?.mode;
        return untouched || described(old) === described(now) ? [] : [[path, described(now)]];
      }),
    );
  }
});

/** Absent, null and empty say the same. */
function comparable(config: RunConfig): object {
  const { ArgsEscaped: _, ...rest } = config;
  return Object.fromEntries(
    Object.entries(rest as Record<string, unknown>).filter(
      ([, value]) =>
        value !== null && value !== "" && (typeof value !== "object" || Object.keys(value).length > 0),
    ),
  );
}
