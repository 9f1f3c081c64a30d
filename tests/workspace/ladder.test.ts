import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;

/** A package may import only from those above it (ARCHITECTURE.md). */
const LADDER = [
  "oci",
  "registry",
  "dockerfile",
  "sandbox",
  "debian",
  "builder",
  "evidence",
  "release",
  "deploy",
  "dashboard",
  "seaworthy",
] as const;

function sources(dir: string): readonly string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return name === "node_modules" || name === "dist" ? [] : sources(path);
    return /\.[cm]?ts$/.test(name) ? [path] : [];
  });
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name!);
}

/** Values alone: types are gone when it runs. */
function staticImportsOf(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)"/gm)].map(([, name]) => name!);
}

const packages = readdirSync(join(ROOT, "packages"));

describe("the ladder of packages", () => {
  it("knows every package", () => {
    expect(LADDER).toEqual(expect.arrayContaining(packages));
  });

  it.each(packages)("packages/%s imports only from above", (name) => {
    const rung = LADDER.indexOf(name as (typeof LADDER)[number]);
    const below = new Set<string>(LADDER.slice(rung).filter((other) => other !== name));
    const wrong = sources(join(ROOT, "packages", name)).flatMap((file) =>
      importsOf(file).flatMap((target) => {
        const [, other] = /^@seaworthy\/([a-z]+)/.exec(target) ?? [];
        const inner = target === "seaworthy" ? "seaworthy" : other;
        return inner !== undefined && below.has(inner) ? [`${file.slice(ROOT.length)}: ${target}`] : [];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it.each(packages)("packages/%s reaches no other package by path", (name) => {
    const dir = join(ROOT, "packages", name);
    const files = sources(join(dir, "src")).filter((file) => !file.endsWith(".test.ts"));
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith(".") && !join(file, "..", target).startsWith(`${dir}/`))
        .map((target) => `${file.slice(ROOT.length)}: ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps the first user apart: apps/backend imports nothing from packages", () => {
    const wrong = sources(join(ROOT, "apps/backend")).flatMap((file) =>
      importsOf(file).filter(
        (target) => target.includes("@seaworthy/") || target === "seaworthy" || target.includes("/packages/"),
      ),
    );
    expect(wrong).toEqual([]);
  });

  // node:http alone takes 50 ms, as its module reads globals that load the whole of fetch; the others take more.
  it("loads nothing slow before it is used", () => {
    const slow = /^(?:node:https?|undici|openpgp|nodemailer|sigstore|@sigstore\/.*|hono.*)$/;
    const onFirstUse = ["registry/", "oci/src/remote/", "deploy/"].map((name) =>
      join(ROOT, "packages", name),
    );
    const wrong = packages
      .flatMap((name) => sources(join(ROOT, "packages", name, "src")))
      .filter((file) => !/\.(?:test|contract)\.ts$/.test(file))
      .filter((file) => !onFirstUse.some((folder) => file.startsWith(folder)))
      .flatMap((file) => staticImportsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => slow.test(target));
    expect(wrong.map(({ file, target }) => `${file.slice(ROOT.length)}: ${target}`)).toEqual([]);
  });

  it("loads the environment and the console at the command line only", () => {
    const files = packages
      .filter((name) => name !== "seaworthy")
      .flatMap((name) => sources(join(ROOT, "packages", name, "src")));
    const code = (file: string): string =>
      readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    const wrong = files
      .filter((file) => !/\.(?:test|contract)\.ts$/.test(file))
      .filter((file) => /\bprocess\.env\b|\bconsole\./.test(code(file)));
    expect(wrong.map((file) => file.slice(ROOT.length))).toEqual([]);
  });
});
