import { parseDockerignore } from "@seaworthy/dockerfile";
import type { Survey } from "./survey.ts";

const ALWAYS = [".git", ".github", ".gitlab-ci.yml", ".seaworthy", "**/.env", "**/.env.*", "**/.DS_Store"];

const PYTHON = ["**/__pycache__", "**/.venv", "**/.pytest_cache", "**/.mypy_cache", "**/.ruff_cache"];
const NODE = ["**/node_modules"];
const BY_TOOLCHAIN: Readonly<Record<string, readonly string[]>> = {
  npm: NODE,
  pnpm: NODE,
  yarn: NODE,
  bun: NODE,
  uv: PYTHON,
  poetry: PYTHON,
  pip: PYTHON,
  cargo: ["target"],
};

/** Only what is made again inside, or must not get inside: a file that a build needs is not to be missing. */
export function dockerignoreText({ toolchains, dockerfile }: Survey): string {
  const sources = dockerfile?.facts?.sources ?? [];
  const own = toolchains.flatMap(({ name }) => BY_TOOLCHAIN[name] ?? []);
  const lines = [...new Set([...ALWAYS, ...own])].filter((pattern) => {
    const ignore = parseDockerignore(pattern);
    return !sources.some((source) => ignore.matches(source).ignored);
  });
  return `# What no build gets to see: history, secrets, and what is made again inside.\n${lines.join("\n")}\n`;
}
