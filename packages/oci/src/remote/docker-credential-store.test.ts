import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../index.ts";
import { dockerCredentialStore, dockerCredentials } from "./index.ts";
import type { PasswordCredential } from "./index.ts";

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "seaworthy-"));
  file = join(dir, ".docker", "config.json");
});
afterEach(() => rm(dir, { recursive: true }));

const environment = (): Record<string, string> => ({
  PATH: `${dir}:/usr/bin:/bin`,
  STORE: join(dir, "kept"),
});
const open = () => dockerCredentialStore({ file, environment: environment() });
const find = (registry: string, repository = "acme/app") =>
  dockerCredentials({ files: [file], environment: environment() }).find(registry, repository);
const credential = (password: string, username = "ada"): PasswordCredential => ({
  kind: "basic",
  username,
  password: new Secret(password),
});

async function write(config: object): Promise<void> {
  await mkdir(join(dir, ".docker"), { recursive: true });
  await writeFile(file, JSON.stringify(config), { mode: 0o644 });
}
const config = async (): Promise<unknown> => JSON.parse(await readFile(file, "utf8")) as unknown;
const passwordFor = async (registry: string, repository?: string): Promise<string | undefined> => {
  const found = (await find(registry, repository)) as PasswordCredential | undefined;
  return found?.password.reveal();
};

/** A helper that keeps one credential in a file, as the protocol has it. */
async function helper(name: string): Promise<void> {
  const path = join(dir, `docker-credential-${name}`);
  const script = `#!/bin/sh
case $1 in
  store) cat > "$STORE" ;;
  get) read server; [ -e "$STORE" ] && grep -q "$server" "$STORE" && cat "$STORE" && exit; echo "credentials not found in native keychain"; exit 1 ;;
  erase) [ -e "$STORE" ] && rm "$STORE" && exit; echo "credentials not found in native keychain"; exit 1 ;;
esac`;
  await writeFile(path, script);
  await chmod(path, 0o755);
}

describe("dockerCredentialStore", () => {
  it("makes the file where there is none, for this user alone", async () => {
    expect(await open().store("ghcr.io", credential("pw:1"))).toEqual({ place: file, encrypted: false });
    expect(await passwordFor("ghcr.io")).toBe("pw:1");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, ".docker"))).mode & 0o077).toBe(0);
    expect(await readdir(join(dir, ".docker"))).toEqual(["config.json"]);
  });

  it("leaves everything else in the file as it is", async () => {
    const others = { "quay.io": { auth: "b3RoZXI6cHc=" }, "ghcr.io/team": { auth: "dGVhbTpwdw==" } };
    await write({
      auths: { ...others, "https://ghcr.io": { auth: "b2xk" } },
      psFormat: "x",
      plugins: { a: { b: "c" } },
    });
    await open().store("ghcr.io", credential("new"));
    const auth = Buffer.from("ada:new").toString("base64");
    expect(await config()).toEqual({
      auths: { ...others, "ghcr.io": { auth } },
      psFormat: "x",
      plugins: { a: { b: "c" } },
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("calls Docker Hub what Docker calls it", async () => {
    await open().store("docker.io", credential("hub"));
    expect(await config()).toMatchObject({ auths: { "https://index.docker.io/v1/": {} } });
    expect(await passwordFor("docker.io")).toBe("hub");
  });

  it("writes through a link", async () => {
    await mkdir(join(dir, ".docker"));
    await writeFile(join(dir, "elsewhere.json"), "{}");
    await symlink(join(dir, "elsewhere.json"), file);
    await open().store("ghcr.io", credential("linked"));
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(await passwordFor("ghcr.io")).toBe("linked");
  });

  it.each([
    ["for all registries", { credsStore: "one" }],
    ["for this one", { credHelpers: { "ghcr.io": "one" }, credsStore: "none" }],
  ])("hands it to the helper that is named %s, and keeps no secret itself", async (_, named) => {
    await helper("one");
    await write(named);
    const stored = await open().store("ghcr.io", credential("kept safe"));
    expect(stored).toEqual({ place: "docker-credential-one", encrypted: true });
    expect(await config()).toEqual({ ...named, auths: { "ghcr.io": {} } });
    expect(await passwordFor("ghcr.io")).toBe("kept safe");
    expect(await open().erase("ghcr.io")).toEqual({ place: "docker-credential-one", encrypted: true });
    expect(await find("ghcr.io")).toBeUndefined();
  });

  it("erases what is for the registry and nothing else", async () => {
    const others = { "quay.io": { auth: "b3RoZXI6cHc=" }, "ghcr.io/team": { auth: "dGVhbTpwdw==" } };
    await write({ auths: { ...others, "https://ghcr.io/v2/": { auth: "b2xkOnB3" } } });
    expect(await open().erase("ghcr.io")).toEqual({ place: file, encrypted: false });
    expect(await config()).toEqual({ auths: others });
  });

  it("erases nothing where there is nothing", async () => {
    expect(await open().erase("ghcr.io")).toBeUndefined();
    await write({ auths: {} });
    expect(await open().erase("ghcr.io")).toBeUndefined();
    expect((await stat(file)).mode & 0o777).toBe(0o644);
  });

  it.each([
    ["a file that is no JSON", "{ broken", undefined],
    ["a file with auths of another kind", '{"auths":[]}', undefined],
    ["a helper that is not there", '{"credsStore":"absent"}', undefined],
    ["a helper that fails", '{"credsStore":"bad"}', "#!/bin/sh\ncat; cat >&2; exit 1\n"],
  ])("leaves %s alone and shows no secret", async (_, text, script = "#!/bin/sh\nexit 1\n") => {
    await mkdir(join(dir, ".docker"));
    await writeFile(file, text);
    await writeFile(join(dir, "docker-credential-bad"), script, { mode: 0o755 });
    const error = await open()
      .store("ghcr.io", credential("secret-text"))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "unauthorized" });
    expect(inspect(error)).not.toContain("secret-text");
    expect(await readFile(file, "utf8")).toBe(text);
  });
});
