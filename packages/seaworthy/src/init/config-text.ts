import type { ImageFacts } from "./image-facts.ts";
import { literal } from "./literal.ts";
import type { Survey } from "./survey.ts";

export interface ConfigOptions {
  readonly platforms: readonly string[];
  /** Whether the config knows `tests`. */
  readonly tests: boolean;
}

/** A short config that says what was found; what was not found stands in comments. */
export function configText(survey: Survey, options: ConfigOptions): string {
  const { installsSeaworthy } = survey;
  const [start, end] = installsSeaworthy ? ["defineConfig({", "});"] : ["{", "};"];
  const parts = [
    imagePart(survey),
    dockerfilePart(survey),
    platformsPart(options.platforms),
    testsPart(survey, options.tests),
    verifyPart(survey.dockerfile?.facts),
  ];
  const body = parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `  ${line}\n`).join(""))
    .join("\n");
  const imports = installsSeaworthy ? 'import { defineConfig } from "seaworthy";\n\n' : "";
  const about =
    '// What "seaworthy release" does with this repository; "seaworthy plan" says what comes of it.';
  return `${about}\n${imports}export default ${start}\n${body}${end}\n`;
}

/** The name the file needs: in a CommonJS package Node takes `.ts` for CommonJS. */
export function configName({ modules }: Survey): string {
  return modules ? "seaworthy.config.ts" : "seaworthy.config.mts";
}

function imagePart({ image }: Survey): readonly string[] {
  if (image === undefined) {
    return [
      "// Where releases go. Without a registry in the name: the embedded one, see seaworthy registry.",
      '// image: "registry.example.org/team/app",',
    ];
  }
  return [
    "// Where releases go; the tags come from the commit. Without a registry in the name: the embedded one.",
    `image: ${literal(image)},`,
  ];
}

function dockerfilePart({ dockerfile, others }: Survey): readonly string[] {
  if (dockerfile === undefined) {
    return [
      "// No Dockerfile was found: write one, or say where it is.",
      '// dockerfile: "path/to/Dockerfile",',
    ];
  }
  const { path, context } = dockerfile;
  const isDefault = path === (context === "." ? "Dockerfile" : `${context}/Dockerfile`);
  return [
    ...(others.length === 0 ? [] : [`// ${otherNames(others)}; a config releases one image.`]),
    ...(context === "." ? [] : [`context: ${literal(context)},`]),
    ...(isDefault ? [] : [`dockerfile: ${literal(path)},`]),
  ];
}

const MAX_NAMED = 3;

function otherNames(others: readonly string[]): string {
  const more = others.length - MAX_NAMED;
  const named = others.slice(0, MAX_NAMED).map(literal).join(", ");
  return `Also here: ${named}${more > 0 ? ` and ${more} more` : ""}`;
}

function platformsPart(platforms: readonly string[]): readonly string[] {
  const list = `platforms: [${platforms.map(literal).join(", ")}],`;
  if (platforms.length > 0) return ["// In CI each is built and checked on a machine of its own.", list];
  return ["// This machine's, unless it is said.", '// platforms: ["linux/amd64", "linux/arm64"],'];
}

function testsPart({ toolchains, folder }: Survey, known: boolean): readonly string[] {
  const tests = toolchains.flatMap(({ name, test }) => (test === undefined ? [] : [{ name, test }]));
  const cwd = folder === "." ? "" : `, cwd: ${literal(folder)}`;
  const lines = tests.map(({ name, test }) => {
    const own = tests.length === 1 ? "test" : `test (${name})`;
    return `{ name: ${literal(own)}, run: [${test.map(literal).join(", ")}]${cwd} }`;
  });
  const list =
    lines.length > 1
      ? ["tests: [", ...lines.map((line) => `  ${line},`), "],"]
      : [`tests: [${lines.join(", ")}],`];
  const why = "// Run before anything is built.";
  if (lines.length === 0) return [why, '// tests: [{ name: "test", run: ["make", "test"] }],'];
  return [why, ...(known ? list : list.map((line) => `// ${line}`))];
}

function verifyPart(facts: ImageFacts | undefined): readonly string[] {
  const { health, port, healthcheck = false, root = true } = facts ?? {};
  const known = health === undefined ? "" : `, http: { port: ${health.port}, path: ${literal(health.path)} }`;
  const guess = `// With http: { port: ${port ?? 8080}, path: "/health" } in it, a service must also answer.`;
  return [
    `// What the image must do before it is published: start${healthcheck ? ", pass its HEALTHCHECK" : ""} and stop when told.`,
    "verify: {",
    ...(health === undefined ? [`  ${guess}`] : []),
    `  services: [{ name: "starts"${known} }],`,
    ...(root ? ["  // The Dockerfile names no other user than root.", "  allowRoot: true,"] : []),
    "},",
  ];
}
