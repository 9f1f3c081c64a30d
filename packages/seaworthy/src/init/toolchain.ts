import type { View } from "./view.ts";

/** What builds and tests a part of a repository, told by the files it leaves. */
export interface Toolchain {
  readonly name: string;
  /** The file that tells. */
  readonly evidence: string;
  /** Undefined where there are no tests that anybody could find. */
  readonly test?: readonly string[];
  /** What a fresh machine needs before the tests run, as lines for a shell; versions are exact. */
  readonly install: readonly string[];
  /** What must be there already besides Node, which every pipeline has. */
  readonly needs?: string;
  /** What starts a program that `install` has installed. */
  readonly exec?: string;
}

/** Installed by pipelines from the registries of their languages. Move them like the pins of the actions. */
const UV = "pipx install uv==0.11.7";
const POETRY = "pipx install poetry==2.2.1";
/** For one user of a machine that is thrown away, whose Python is the system's (PEP 668). */
const PIP = "python3 -m pip install --user --break-system-packages";
const BUN = "npm install --global bun@1.4.4";

interface Kind extends Omit<Toolchain, "evidence" | "test"> {
  /** The first that is there tells. */
  readonly files: readonly string[];
  readonly test: readonly string[];
}

/** Where several lock files lie about, the first wins. */
const NODE: readonly Kind[] = [
  {
    name: "pnpm",
    files: ["pnpm-lock.yaml"],
    test: ["pnpm", "test"],
    install: ["corepack enable", "pnpm install --frozen-lockfile"],
    exec: "pnpm exec",
  },
  {
    name: "yarn",
    files: ["yarn.lock"],
    test: ["yarn", "test"],
    install: ["corepack enable", "yarn install --immutable"],
    exec: "yarn run",
  },
  {
    name: "bun",
    files: ["bun.lock", "bun.lockb"],
    test: ["bun", "run", "test"],
    install: [BUN, "bun install --frozen-lockfile"],
    exec: "bunx --no-install",
  },
  {
    name: "npm",
    files: ["package-lock.json", "npm-shrinkwrap.json"],
    test: ["npm", "test"],
    install: ["npm ci"],
    exec: "npx --no --",
  },
  { name: "npm", files: ["package.json"], test: ["npm", "test"], install: ["npm install"] },
];

const PYTHON: readonly Kind[] = [
  { name: "uv", files: ["uv.lock"], test: ["uv", "run", "--locked", "pytest"], install: [UV], needs: "pipx" },
  {
    name: "poetry",
    files: ["poetry.lock"],
    test: ["poetry", "run", "pytest"],
    install: [POETRY, "poetry install"],
    needs: "pipx",
  },
  pip("requirements-dev.txt", "-r requirements-dev.txt"),
  pip("requirements.txt", "-r requirements.txt"),
  pip("pyproject.toml", "pytest==8.4.2 ."),
];

function pip(file: string, what: string): Kind {
  return {
    name: "pip",
    files: [file],
    test: ["python3", "-m", "pytest"],
    install: [`${PIP} ${what}`],
    needs: "pip",
  };
}

const GO: Kind = { name: "go", files: ["go.mod"], test: ["go", "test", "./..."], install: [], needs: "go" };
const CARGO: Kind = {
  name: "cargo",
  files: ["Cargo.toml"],
  test: ["cargo", "test"],
  install: [],
  needs: "cargo",
};

/** The toolchains of one folder, at most one a language. */
export function toolchainsIn(view: View, folder = "."): readonly Toolchain[] {
  const at = (file: string): string => (folder === "." ? file : `${folder}/${file}`);
  const pick = (kinds: readonly Kind[], tested: boolean): readonly Toolchain[] => {
    for (const { files, test, ...kind } of kinds) {
      const evidence = files.map(at).find((file) => view.has(file));
      if (evidence !== undefined) return [{ ...kind, evidence, ...(tested ? { test } : {}) }];
    }
    return [];
  };
  return [
    ...(view.has(at("package.json")) ? pick(NODE, hasTestScript(view.read(at("package.json")))) : []),
    ...pick(PYTHON, usesPytest(view, at)),
    ...pick([GO], true),
    ...pick([CARGO], true),
  ];
}

/** npm writes one that always fails into a new package.json. */
function hasTestScript(manifest: string | undefined): boolean {
  const { scripts } = manifestOf(manifest);
  const test = (scripts as { readonly test?: unknown } | null | undefined)?.test;
  return typeof test === "string" && !/no test specified/.test(test);
}

function usesPytest(view: View, at: (file: string) => string): boolean {
  const named = ["pyproject.toml", "requirements.txt", "requirements-dev.txt", "setup.cfg", "tox.ini"];
  return view.has(at("pytest.ini")) || named.some((file) => /\bpytest\b/.test(view.read(at(file)) ?? ""));
}

/** A package.json, which may hold anything. */
export function manifestOf(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
