import type { DebianBase, DebianOptions, NpmSource } from "./base.ts";
import { DebianError } from "./error.ts";
import { nearestName } from "./resolve/nearest-name.ts";
import { SUITES } from "./release/suites.ts";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Debian policy 5.6.1. */
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+$/;
const NPM_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const EXACT_VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
const ACCOUNT = /^[a-z_][a-z0-9_-]*\$?$/;
const FIELDS: ReadonlySet<string> = new Set([
  "kind",
  "suite",
  "packages",
  "omit",
  "components",
  "npm",
  "user",
  "exclude",
  "symlinks",
  "env",
  "entrypoint",
  "cmd",
  "workdir",
  "runAs",
]);

/**
 * A base image assembled from Debian packages and files of npm packages.
 * @throws DebianError `invalid-base`, naming the field
 */
export function debian(options: DebianOptions): DebianBase {
  checkFields(options);
  checkSuite(options.suite);
  checkNames("packages", options.packages);
  checkNames("omit", options.omit ?? []);
  const { npm = [], user = [], symlinks = {}, env = {} } = options;
  for (const [at, source] of npm.entries()) checkNpm(`npm[${at}]`, source);
  for (const [at, account] of user.entries()) {
    if (!ACCOUNT.test(account.name)) throw wrong(`user[${at}].name`, "a user name", account.name);
    checkId(`user[${at}].uid`, account.uid);
    checkId(`user[${at}].gid`, account.gid);
    if (account.home !== undefined) checkAbsolute(`user[${at}].home`, account.home);
    for (const field of [account.home, account.shell]) {
      if (field !== undefined && /[:\n]/.test(field)) throw wrong(`user[${at}]`, 'no ":"', field);
    }
  }
  for (const path of Object.keys(symlinks)) checkAbsolute(`symlinks`, path);
  if (options.workdir !== undefined) checkAbsolute("workdir", options.workdir);
  return {
    ...options,
    kind: "debian",
    omit: options.omit ?? [],
    components: options.components ?? ["main"],
    npm,
    user,
    exclude: options.exclude ?? [],
    symlinks,
    env: { PATH: DEFAULT_PATH, ...env },
  };
}

/**
 * Files out of an npm package: `npmFiles("npm", "11.21.2", { ".": "/usr/local/lib/node_modules/npm" })`.
 * @throws DebianError `invalid-base`
 */
export function npmFiles(
  name: NpmSource["name"],
  version: string,
  files: NpmSource["files"],
  options: { readonly mode?: number } = {},
): NpmSource {
  const source: NpmSource = { name, version, files, ...options };
  checkNpm("npmFiles", source);
  return source;
}

function checkFields(options: DebianOptions): void {
  for (const name of Object.keys(options)) {
    if (FIELDS.has(name)) continue;
    const nearest = nearestName(name, FIELDS);
    throw new DebianError("invalid-base", `debian(): unknown field ${JSON.stringify(name)}`, {
      ...(nearest !== undefined && { hint: `did you mean "${nearest}"?` }),
    });
  }
}

function checkSuite(suite: string): void {
  if (SUITES.has(suite)) return;
  throw new DebianError(
    "invalid-base",
    `debian().suite: expected one of ${[...SUITES.keys()].join(", ")}, found ${JSON.stringify(suite)}`,
    { hint: "a suite needs its archive keys pinned here; use one that is listed" },
  );
}

function checkNames(field: string, names: readonly string[]): void {
  if (!Array.isArray(names)) throw wrong(field, "a list of package names", names);
  for (const [at, name] of names.entries()) {
    if (typeof name !== "string" || !PACKAGE.test(name))
      throw wrong(`${field}[${at}]`, "a package name", name);
  }
}

function checkNpm(where: string, { name, version, files, mode }: NpmSource): void {
  for (const each of typeof name === "string" ? [name] : [name.amd64, name.arm64]) {
    if (typeof each !== "string" || !NPM_NAME.test(each))
      throw wrong(`${where}.name`, "an npm package name", each);
  }
  if (!EXACT_VERSION.test(version))
    throw wrong(`${where}.version`, 'an exact version like "24.21.0"', version);
  for (const [from, to] of Object.entries(files)) {
    if (from === "" || from.startsWith("/") || from.split("/").includes("..")) {
      throw wrong(`${where}.files`, "a path inside the package", from);
    }
    checkAbsolute(`${where}.files[${JSON.stringify(from)}]`, to);
  }
  if (mode !== undefined && !(Number.isInteger(mode) && mode >= 0 && mode <= 0o7777)) {
    throw wrong(`${where}.mode`, "0 to 0o7777", mode);
  }
}

function checkId(where: string, id: number): void {
  if (!Number.isInteger(id) || id < 0 || id > 0xffff_fffe) throw wrong(where, "0 to 4294967294", id);
}

function checkAbsolute(where: string, path: string): void {
  if (!path.startsWith("/") || path.split("/").some((part) => part === ".." || part === ".")) {
    throw wrong(where, "an absolute path without . and ..", path);
  }
}

function wrong(where: string, expected: string, found: unknown): DebianError {
  const shown = JSON.stringify(found) ?? "nothing";
  return new DebianError(
    "invalid-base",
    `debian().${where}: expected ${expected}, found ${shown.slice(0, 80)}`,
  );
}
