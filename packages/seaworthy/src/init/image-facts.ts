import {
  type Dockerfile,
  type Instruction,
  type Stage,
  exposedPorts,
  expandInstruction,
  globalArgs,
  parseDockerfile,
} from "@seaworthy/dockerfile";

/** What the last stage of a Dockerfile says of the image, its stages before it included. */
export interface ImageFacts {
  /** The first TCP port of EXPOSE. */
  readonly port?: number;
  readonly healthcheck: boolean;
  /** What the HEALTHCHECK asks for over HTTP. */
  readonly health?: { readonly port: number; readonly path: string };
  /** No USER, or root: what the base image says is not known here. */
  readonly root: boolean;
  /** What COPY and ADD take from the context, as written; patterns and what holds variables are left out. */
  readonly sources: readonly string[];
}

/** @throws DockerfileError */
export function imageFacts(text: string, file: string): ImageFacts {
  const parsed = parseDockerfile(text, { file });
  const instructions = expanded(parsed, chainOf(parsed.stages));
  const ports = instructions.flatMap((one) => (one.kind === "expose" ? exposedPorts(one) : []));
  const port = ports.find((name) => name.endsWith("/tcp"));
  const test = instructions.findLast((one) => one.kind === "healthcheck")?.test ?? ["NONE"];
  const user = instructions.findLast((one) => one.kind === "user")?.user;
  const health = healthOf(test.join(" "));
  return {
    ...(port === undefined ? {} : { port: Number.parseInt(port, 10) }),
    healthcheck: test[0] !== "NONE",
    ...(health === undefined ? {} : { health }),
    root: user === undefined || /^(?:0|root)?(?::|$)/.test(user),
    sources: parsed.stages.flatMap(({ instructions: all }) => all.flatMap(sourcesOf)),
  };
}

/** The last stage and those it stands on, the lowest first. */
function chainOf(stages: readonly Stage[]): readonly Stage[] {
  const chain: Stage[] = [];
  for (let stage = stages.at(-1); stage !== undefined;) {
    chain.unshift(stage);
    const { index, from } = stage;
    stage = stages.findLast((other) => other.index < index && other.name === from.image.toLowerCase());
  }
  return chain;
}

/** As a build without arguments would see them. What cannot be expanded says nothing. */
function expanded(file: Dockerfile, chain: readonly Stage[]): readonly Instruction[] {
  const globals = globalArgs(file, new Map(), new Map());
  const env = new Map<string, string>();
  return chain.flatMap(({ instructions }) =>
    instructions.flatMap((instruction) => {
      try {
        const ready = expandInstruction(instruction, env, file.directives.escape);
        if (ready.kind === "env") for (const { key, value } of ready.pairs) env.set(key, value);
        if (ready.kind === "arg") {
          for (const { name, value } of ready.args) env.set(name, value ?? globals.get(name) ?? "");
        }
        return [ready];
      } catch {
        return [];
      }
    }),
  );
}

const LOCAL = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d{1,5}))?(\/[\w./~%-]*)?/;

function healthOf(test: string): ImageFacts["health"] {
  const [address, port = "80", path = "/"] = LOCAL.exec(test) ?? [];
  const number = Number(port);
  return address === undefined || number < 1 || number > 65_535 ? undefined : { port: number, path };
}

function sourcesOf(instruction: Instruction): readonly string[] {
  if (instruction.kind !== "copy" && instruction.kind !== "add") return [];
  if (instruction.kind === "copy" && instruction.from !== undefined) return [];
  return instruction.sources
    .filter((source) => !/[$*?[\]\\]|:\/\/|^git@/.test(source))
    .map((source) => source.replace(/^\/+/, "").replace(/\/+$/, "") || ".");
}
