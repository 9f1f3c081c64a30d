import { parseDockerignore } from "@seaworthy/dockerfile";
import { expect, it } from "vitest";
import { viewOf } from "../../test/view.ts";
import { dockerignoreText } from "./ignore-text.ts";
import { surveyRepository } from "./survey.ts";

const ignoring = (files: Readonly<Record<string, string>>) =>
  parseDockerignore(dockerignoreText(surveyRepository(viewOf(files), {})));

const NODE = { "package.json": "{}", "Cargo.toml": "", "requirements.txt": "" };

it.each([
  ".git/config",
  ".seaworthy/store/index.json",
  ".env",
  "apps/api/.env.local",
  "a/node_modules/b",
  "target/debug/x",
  "x/__pycache__/y",
])("keeps %s out of builds", (path) => {
  expect(ignoring({ Dockerfile: "FROM scratch\nCOPY . .\n", ...NODE }).matches(path).ignored).toBe(true);
});

it.each([
  ["target/release/app", "COPY target/release/app /"],
  ["node_modules", "COPY node_modules /node_modules"],
  [".env", "COPY .env /"],
  [".git", "ADD .git /src/.git"],
])("lets in %s, which the Dockerfile copies", (path, instruction) => {
  expect(ignoring({ Dockerfile: `FROM scratch\n${instruction}\n`, ...NODE }).matches(path).ignored).toBe(
    false,
  );
});

it("names nothing of languages that are not there", () => {
  const text = dockerignoreText(surveyRepository(viewOf({ "go.mod": "" }), {}));
  expect(text).not.toMatch(/node_modules|__pycache__|target/);
});
