import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ContentStore,
  type TarItem,
  MediaType,
  collect,
  digestOf,
  gzip,
  openLayout,
  writeTar,
} from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { secretsJson, secretsText } from "../secrets-text.ts";
import { type AcceptFlags, acceptSecrets } from "./accept-secrets.ts";
import { type SecretsAnswer, type SecretsFlags, runSecrets } from "./secrets.ts";

/** Put together here so that no scanner takes the file for a leak. */
const TOKEN = ["ghp", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].join("_");
const PASSWORD = ["hunter", "22", "xQ"].join("");
const { signal } = new AbortController();
const now = new Date("2026-06-15T12:00:00Z");

let machine: TestMachine;
beforeEach(() => {
  machine = testMachine();
});
afterEach(() => machine[Symbol.dispose]());

function git(...args: readonly string[]): string {
  const who = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "commit.gpgSign=false"];
  return execFileSync("git", ["-C", machine.dir, ...who, ...args], {
    encoding: "utf8",
    stdio: "pipe",
  }).trim();
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(join(machine.dir, path, ".."), { recursive: true });
  writeFileSync(join(machine.dir, path), content);
}

function commit(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  for (const [path, content] of Object.entries(files)) write(path, content);
  git("add", "-A");
  git("commit", "-qm", "work");
  return git("rev-parse", "HEAD");
}

/** No output of any kind may hold what was planted. */
async function secrets(image?: string, flags: SecretsFlags = {}): Promise<SecretsAnswer> {
  const answer = await runSecrets(machine.machine, image, flags, signal, now);
  const output = secretsText(answer) + secretsJson(answer);
  expect(output).not.toContain(TOKEN);
  expect(output).not.toContain(PASSWORD);
  return answer;
}
const places = ({ scan }: SecretsAnswer): readonly unknown[] => scan.findings.map(({ where }) => where);

describe("secrets in tracked sources", () => {
  beforeEach(() => void git("init", "-q"));

  it("are found as the files lie there now, and only in what git tracks", async () => {
    commit({ "a/b.txt": "nothing", ".gitignore": "ignored" });
    write("a/b.txt", `one\n${TOKEN}`);
    write("ignored", TOKEN);
    const answer = await secrets();
    expect(places(answer)).toEqual([{ kind: "file", path: "a/b.txt", line: 2 }]);
    expect(secretsText(answer)).toMatch(/^WHERE .*\na\/b\.txt:2 +github +ghp_…Ux \(40 characters\)/);
  });

  it("are found beside bytes that are no UTF-8, and under names that are none", async () => {
    commit({ latin1: Buffer.concat([Buffer.from([0xff, 0xe9, 0x0a]), Buffer.from(TOKEN)]) });
    const name = Buffer.concat([Buffer.from(`${machine.dir}/odd-`), Buffer.from([0xff])]);
    writeFileSync(name, TOKEN);
    commit({ 'quo"te\n\tname': TOKEN });
    const paths = (await secrets()).scan.findings
      .map(({ where }) => where.path ?? "")
      .toSorted((a, b) => (a < b ? -1 : 1));
    expect(paths).toEqual(["latin1", "odd-\uFFFD", 'quo"te\n\tname']);
  });

  it("are not looked for in binaries, which is said", async () => {
    commit({ blob: Buffer.concat([Buffer.from([0, 1]), Buffer.from(TOKEN)]) });
    const answer = await secrets();
    expect(secretsText(answer)).toBe("no secrets in 0 texts\n1 binary, not looked at");
  });

  it("are not looked for through links, in pipes or in what is gone", async () => {
    commit({ link: "x", pipe: "x", gone: "x" });
    const outside = testMachine();
    writeFileSync(join(outside.dir, "secret"), TOKEN);
    for (const path of ["link", "pipe", "gone"]) rmSync(join(machine.dir, path));
    symlinkSync(join(outside.dir, "secret"), join(machine.dir, "link"));
    execFileSync("mkfifo", [join(machine.dir, "pipe")]);
    expect(places(await secrets())).toEqual([]);
    outside[Symbol.dispose]();
  });

  it("are looked for in the beginning of a file that is too large, which is named", async () => {
    commit({ large: `${TOKEN}\n${"x".repeat(9 << 20)}` });
    const answer = await secrets();
    expect(places(answer)).toEqual([{ kind: "file", path: "large", line: 1 }]);
    expect(secretsText(answer)).toContain("large: only its beginning was looked at");
  });

  it("are those of the repository's own gitleaks.toml, unless another is named", async () => {
    commit({ ".gitleaks.toml": "[[rules]]\nid = 'mine'\nregex = 'abc(d+)'", x: `abcddd ${TOKEN}` });
    write("other.toml", "[extend]\nuseDefault = true");
    expect((await secrets()).scan.findings.map(({ rule }) => rule)).toEqual(["mine"]);
    const extended = await secrets(undefined, { config: "other.toml" });
    expect(extended.scan.findings.map(({ rule }) => rule)).toEqual(["github"]);
    expect(extended.notes).toEqual([expect.stringContaining("not gitleaks'")]);
  });

  it("are let pass by the baseline with the fingerprints that the JSON shows", async () => {
    commit({ x: TOKEN });
    const fingerprint = (await secrets()).scan.findings[0]?.fingerprint;
    const entry = { fingerprint, reason: "revoked", owner: "ann", expires: "2026-12-31" };
    write(".seaworthy-secrets.json", JSON.stringify({ version: 1, secrets: [entry] }));
    expect((await secrets()).scan).toMatchObject({ findings: [], allowed: [{ reason: "revoked" }] });
  });

  it("need a file that was named", async () => {
    await expect(secrets(undefined, { baseline: "nope.json" })).rejects.toThrow("nope.json: not there");
  });
});

describe("accepting what is found", () => {
  beforeEach(() => void git("init", "-q"));
  const said = { reason: "made up for a test", owner: "ann", expires: "2026-12-31" };
  const accept = async (flags: AcceptFlags) =>
    acceptSecrets(machine.machine, (await secrets()).scan.findings, flags);

  it("puts it into the baseline beside what is there, where it holds until its end", async () => {
    commit({ "a.txt": `token: ${TOKEN}\n` });
    expect(await accept(said)).toBe(".seaworthy-secrets.json");
    commit({ "b.txt": `token: ${TOKEN}\n` });
    await accept({ ...said, reason: "another" });
    const { scan } = await secrets();
    expect(scan.findings).toEqual([]);
    expect(scan.allowed.map(({ reason }) => reason).toSorted()).toEqual(["another", "made up for a test"]);
    const text = readFileSync(join(machine.dir, ".seaworthy-secrets.json"), "utf8");
    expect(text).toContain('"where": "a.txt:1 (github)"');
    expect(text).not.toContain(TOKEN);
    const later = await runSecrets(machine.machine, undefined, {}, signal, new Date("2027-01-01T00:00:00Z"));
    expect(later.scan.findings).toHaveLength(2);
  });

  it.each(["reason", "owner", "expires"])(
    "writes nothing without --%s, nor a day that is none",
    async (what) => {
      commit({ "a.txt": `token: ${TOKEN}\n` });
      await expect(accept({ ...said, [what]: "" })).rejects.toThrow(
        "expected --reason, --owner and --expires",
      );
      await expect(accept({ ...said, expires: "soon" })).rejects.toThrow("expected a day");
      expect(existsSync(join(machine.dir, ".seaworthy-secrets.json"))).toBe(false);
    },
  );

  it("leaves a baseline alone that cannot be read", async () => {
    commit({ "a.txt": `token: ${TOKEN}\n` });
    const { scan } = await secrets();
    write(".seaworthy-secrets.json", "{");
    await expect(acceptSecrets(machine.machine, scan.findings, said)).rejects.toThrow("is not JSON");
    expect(readFileSync(join(machine.dir, ".seaworthy-secrets.json"), "utf8")).toBe("{");
  });
});

describe("secrets in commits", () => {
  beforeEach(() => void git("init", "-q"));

  it("are found where they came in, also when later ones change and delete them", async () => {
    commit({ x: "1\n2\n3\n" });
    const second = commit({ x: `1\n2\n${TOKEN}\n3\n` });
    commit({ x: `0\n1\n2\n${TOKEN} moved\n3\n` });
    rmSync(join(machine.dir, "x"));
    commit();
    expect(places(await secrets(undefined, { history: true }))).toEqual([
      { kind: "commit", path: "x", commit: second, line: 3 },
    ]);
  });

  it("are found on every branch and in what a merge brings of its own", async () => {
    commit({ x: "1\n" });
    git("checkout", "-qb", "side");
    const side = commit({ y: `${TOKEN}\n` });
    git("checkout", "-q", "-");
    commit({ z: "1\n" });
    git("merge", "-q", "--no-commit", "--no-ff", "side");
    const merge = commit({ evil: `${TOKEN}\n` });
    expect(places(await secrets(undefined, { history: true }))).toEqual(
      expect.arrayContaining([
        { kind: "commit", path: "y", commit: side, line: 1 },
        { kind: "commit", path: "evil", commit: merge, line: 1 },
      ]),
    );
  });

  it("are those of a range", async () => {
    const first = commit({ a: `${TOKEN}\n` });
    const second = commit({ b: `${TOKEN}\n` });
    expect(places(await secrets(undefined, { range: `${first}..HEAD` }))).toEqual([
      { kind: "commit", path: "b", commit: second, line: 1 },
    ]);
  });

  it("are not hidden by attributes, settings or content that looks like a patch's head", async () => {
    git("config", "diff.noprefix", "true");
    git("config", "log.showRoot", "false");
    git("config", "diff.external", "/bin/true");
    git("config", "color.ui", "always");
    const head = "++ b/elsewhere\n@@ -0,0 +1 @@\n";
    const made = commit({ ".gitattributes": "* -diff\n", "a b": `${head}commit 0\n${TOKEN}\n` });
    expect(places(await secrets(undefined, { history: true }))).toEqual([
      { kind: "commit", path: "a b", commit: made, line: 4 },
    ]);
  });

  it("cannot be looked for in a range that is an option or that git does not know", async () => {
    commit({ a: "x" });
    await expect(secrets(undefined, { range: "--output=/tmp/x" })).rejects.toThrow("expected two commits");
    await expect(secrets(undefined, { range: "nope..HEAD" })).rejects.toMatchObject({ code: "git" });
  });

  it("are fewer in a shallow clone, which is said", async () => {
    commit({ a: "x" });
    commit({ a: "y" });
    git("clone", "-q", "--depth=1", `file://${machine.dir}`, join(machine.dir, "clone"));
    const cwd = join(machine.dir, "clone");
    const { notes } = await runSecrets(
      { ...machine.machine, cwd },
      undefined,
      { history: true },
      signal,
      now,
    );
    expect(notes).toEqual([expect.stringContaining("shallow")]);
  });
});

const file = (path: string, text: string): TarItem => ({
  entry: { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: Buffer.byteLength(text) },
  content: [Buffer.from(text)],
});

async function put(store: ContentStore, mediaType: string, bytes: Uint8Array) {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.put(descriptor, [bytes]);
  return descriptor;
}

/** An image in the store of the repository: its layers, and what else its config says. */
async function imageOf(layers: readonly (readonly TarItem[])[], config: object = {}) {
  const store = (await openLayout(join(machine.dir, ".seaworthy/store"))).repository("acme/web");
  const made = await Promise.all(
    layers.map(async (items) => {
      const tar = await collect(writeTar(items), 1 << 20);
      const packed = await collect(gzip([tar]), 1 << 20);
      return { diffId: digestOf(tar), descriptor: await put(store, MediaType.layerGzip, packed) };
    }),
  );
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const rootfs = { type: "layers", diff_ids: made.map(({ diffId }) => diffId) };
  const base = { os: "linux", architecture: "amd64", rootfs };
  const written = await put(store, MediaType.config, json({ ...base, ...config }));
  const document = { schemaVersion: 2, mediaType: MediaType.manifest, config: written };
  const manifest = json({ ...document, layers: made.map(({ descriptor }) => descriptor) });
  const target = await put(store, MediaType.manifest, manifest);
  await store.tag(target, "v1");
  return target;
}

describe("secrets in an image", () => {
  it("are found in every layer, also what a later one deletes, by digest and by name", async () => {
    const { digest } = await imageOf([[file("app/.env", `A=1\n${TOKEN}\n`)], [file("app/.wh..env", "")]]);
    const expected = [{ kind: "layer", layer: 0, path: "app/.env", line: 2 }];
    expect(places(await secrets(digest))).toEqual(expected);
    expect(places(await secrets("acme/web:v1"))).toEqual(expected);
  });

  it("are found in environment, labels, history, build arguments and commands", async () => {
    const { digest } = await imageOf([], {
      config: {
        Env: [`DB_PASSWORD=${PASSWORD}`, "PATH=/bin"],
        Labels: { "org.acme.api-key": PASSWORD },
        Cmd: ["serve", `--token=${PASSWORD}`],
      },
      history: [
        { created_by: `RUN |1 NPM_TOKEN=${PASSWORD} /bin/sh -c npm ci` },
        { created_by: `RUN curl -H ${TOKEN}` },
      ],
    });
    const answer = await secrets(digest);
    expect(places(answer)).toEqual([
      { kind: "env", path: "DB_PASSWORD" },
      { kind: "label", path: "org.acme.api-key" },
      { kind: "arg", path: "1" },
      { kind: "history", path: "2" },
      { kind: "config", path: "entrypoint" },
    ]);
    expect(secretsText(answer)).toContain("build argument, history 1");
  });

  it("cannot be looked for where there is no such image", async () => {
    await expect(secrets(`sha256:${"0".repeat(64)}`)).rejects.toThrow("not found; looked for");
  });
});

it("needs a repository or an image, and no more than one of them", async () => {
  await expect(secrets()).rejects.toThrow("found no git repository");
  await expect(secrets("acme/web:v1", { history: true })).rejects.toThrow("expected one of them");
});
