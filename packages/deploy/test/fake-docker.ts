import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { writeTar } from "@seaworthy/oci";
import type { RunCommand } from "@seaworthy/release";
import { parse } from "yaml";

/**
 * `docker` as the Compose target speaks to it, for machines without an engine: names, digests, containers, volumes and
 * their files, a registry that can go away, and services that run, fall ill or end. It knows the verbs, flags and
 * refusals that the target uses, in the words of Docker 28, and nothing else; whether the real ones are so is what
 * `tests/peers/compose.test.ts` asks.
 */
export interface FakeDocker {
  readonly run: RunCommand;
  /** Every command so far, without its program. */
  readonly commands: readonly (readonly string[])[];
  readonly containers: readonly FakeContainer[];
  /** Puts an image into the registry. */
  publish(reference: string, behaviour: FakeBehaviour): void;
  /** Removes an image from the engine, as `docker image prune` would. */
  forget(reference: string): void;
  removeContainer(name: string): void;
  registry: "up" | "down";
}

export interface FakeBehaviour {
  readonly does: "serve" | "crash" | "sicken" | "start" | "flap";
  readonly says: string;
}

export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly restart: boolean;
  readonly hash: string;
  readonly created: number;
  readonly ports: readonly number[];
  /** Undefined while it was not started. */
  started?: number;
  stopped?: boolean;
  /** Of its own, or of its volume. */
  readonly files: Map<string, string>;
}

interface Reply {
  readonly code?: number;
  readonly out?: string | Uint8Array;
  readonly err?: string;
}

type Flags = Readonly<Record<string, readonly string[]>>;

const PROJECT = "com.docker.compose.project";
const SERVICE = "com.docker.compose.service";
/** How long each restart takes, and how long a health check needs to make up its mind. */
const BEAT = 20;

export function fakeDocker(): FakeDocker {
  const commands: (readonly string[])[] = [];
  const registry = new Map<string, FakeBehaviour>();
  const images = new Map<string, FakeBehaviour>();
  const volumes = new Map<string, Map<string, string>>();
  let containers: FakeContainer[] = [];
  let count = 0;

  const find = (name: string): FakeContainer | undefined =>
    containers.find((container) => container.id === name || container.name === name);
  const add = (container: Omit<FakeContainer, "id" | "created">): FakeContainer => {
    const id = createHash("sha256")
      .update(String((count += 1)))
      .digest("hex");
    const made = { ...container, id, created: Date.now() };
    containers.push(made);
    return made;
  };
  const remove = (gone: FakeContainer): void => {
    containers = containers.filter((container) => container !== gone);
  };
  const pull = (reference: string): Reply => {
    if (fake.registry === "down")
      return refuse('Get "http://registry/v2/": dial tcp: connect: connection refused');
    const behaviour = registry.get(reference);
    if (behaviour === undefined) return refuse(`failed to resolve reference "${reference}": not found`);
    images.set(reference, behaviour);
    return { out: `${reference}\n` };
  };

  const verbs: Record<string, (args: readonly string[], flags: Flags) => Reply | Promise<Reply>> = {
    info: (_, { format = [] }) => ({
      out: format[0] === "{{.SystemTime}}" ? `${new Date().toISOString()}\n` : "linux/x86_64\n",
    }),
    pull: ([reference = ""]) => pull(reference),
    import: ([, reference = ""]) => {
      images.set(reference, { does: "start", says: "" });
      return { out: "sha256:0\n" };
    },
    image: ([, reference = ""]) =>
      images.has(reference) ? { out: "sha256:1\n" } : refuse(`No such image: ${reference}`),
    volume: ([verb, name = ""]) => {
      if (verb === "create" && !volumes.has(name)) volumes.set(name, new Map());
      return volumes.has(name) ? { out: `${name}\n` } : refuse(`get ${name}: no such volume`);
    },
    create: ([image = ""], { name: [name = ""] = [], label = [], volume: [volume = ""] = [] }) => {
      if (!images.has(image)) return refuse(`No such image: ${image}`);
      if (find(name) !== undefined)
        return refuse(`Conflict. The container name "/${name}" is already in use by container "x".`);
      const files = volumes.get(volume.split(":")[0]!) ?? new Map<string, string>();
      const labels = Object.fromEntries(label.map((text) => text.split("=") as [string, string]));
      const facts = { environment: {}, restart: false, hash: "", ports: [], files };
      return { out: `${add({ name, image, labels, ...facts }).id}\n` };
    },
    rm: (names) => each(names, remove),
    stop: (names) => each(names, (container) => void (container.stopped = true)),
    cp: async ([from = "", to = ""]) => {
      const [name = "", path = ""] = (to === "-" ? from : to).split(":");
      const container = find(name);
      if (container === undefined) return refuse(`No such container: ${name}`);
      if (to === "-") return tarOf(container, path);
      container.files.set(basename(path), readFileSync(from, "utf8"));
      return {};
    },
    ps: (_, { filter = [] }) => {
      const project = filter[0]?.split("=").at(-1);
      return {
        out: containers
          .filter(({ labels }) => labels[PROJECT] === project)
          .map(({ id }) => `${id}\n`)
          .join(""),
      };
    },
    container: ([, ...names]) => {
      const gone = names.find((name) => find(name) === undefined);
      const out = JSON.stringify(
        names
          .flatMap((name) => find(name) ?? [])
          .map((container) => inspect(container, images.get(container.image))),
      );
      return gone === undefined ? { out } : { out, ...refuse(`No such container: ${gone}`) };
    },
    logs: ([id = ""]) => {
      const says = images.get(find(id)?.image ?? "")?.says;
      return says === undefined ? refuse(`No such container: ${id}`) : { out: `${says}\n` };
    },
    compose: ([verb], { p: [project = ""] = [], f: files = [] }) => {
      const document = files.map((file) => parse(readFileSync(file, "utf8"), { merge: true }) as object);
      const { services } = Object.assign({}, ...document) as { services: Record<string, Service> };
      const unset = 'time="2026-11-25T00:00:00Z" level=warning msg="The \\"WHO\\" variable is not set."\n';
      if (verb === "config") return { out: JSON.stringify({ name: project, services }), err: unset };
      if (verb === "down") return down(project);
      return up(project, services);
    },
  };

  function each(names: readonly string[], work: (container: FakeContainer) => void): Reply {
    const gone = names.find((name) => find(name) === undefined);
    names.flatMap((name) => find(name) ?? []).forEach(work);
    return gone === undefined ? {} : refuse(`No such container: ${gone}`);
  }

  function down(project: string): Reply {
    for (const container of containers) if (container.labels[PROJECT] === project) remove(container);
    return {};
  }

  function up(project: string, services: Record<string, Service>): Reply {
    for (const [service, { pull_policy: _, ...rest }] of Object.entries(services)) {
      if (!images.has(rest.image)) {
        const pulled = pull(rest.image);
        if (pulled.code !== undefined) return pulled;
      }
      const name = `${project}-${service}-1`;
      const hash = JSON.stringify(rest);
      const old = find(name);
      if (old?.hash === hash && old.stopped !== true) continue;
      if (old !== undefined) remove(old);
      const labels = { ...rest.labels, [PROJECT]: project, [SERVICE]: service };
      const { image, environment = {}, ports = [], restart } = rest;
      const made = {
        name,
        image,
        labels,
        hash,
        environment,
        ports,
        restart: restart !== undefined,
        files: new Map(),
      };
      add(made).started = Date.now();
    }
    return {};
  }

  const fake: FakeDocker = {
    commands,
    registry: "up",
    get containers() {
      return containers;
    },
    publish: (reference, behaviour) => void registry.set(reference, behaviour),
    forget: (reference) => void images.delete(reference),
    removeContainer: (name) => each([name], remove),
    async run({ run: [, ...args] }, onOutput, signal) {
      // As a process would take its time.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      commands.push(args);
      const [verb = "", rest, flags] = read(args);
      const known = verbs[verb];
      if (known === undefined) throw new Error(`the fake docker does not know ${args.join(" ")}`);
      const { code = 0, out, err } = await known(rest, flags);
      if (out !== undefined) onOutput("stdout", typeof out === "string" ? Buffer.from(out) : out);
      if (err !== undefined) onOutput("stderr", Buffer.from(err));
      return { code };
    },
  };
  return fake;
}

interface Service {
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly restart?: string;
  readonly ports?: readonly number[];
  readonly pull_policy?: string;
}

function refuse(text: string): Required<Pick<Reply, "code" | "err">> {
  return { code: 1, err: `Error response from daemon: ${text}\n` };
}

const WITH_VALUE = new Set(
  "-p -f --project-directory --env-file --format --name --label --volume --pull --filter --tail --platform --host --context".split(
    " ",
  ),
);

/** Verb, operands, and flags by name without their dashes. */
function read(args: readonly string[]): readonly [string | undefined, readonly string[], Flags] {
  const operands: string[] = [];
  const flags: Record<string, string[]> = {};
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at]!;
    if (arg === "-" || !arg.startsWith("-")) operands.push(arg);
    else if (WITH_VALUE.has(arg) && operands[0] !== "rm")
      (flags[arg.replace(/^-+/, "")] ??= []).push(args[(at += 1)]!);
  }
  return [operands[0], operands.slice(1), flags];
}

async function tarOf({ files }: FakeContainer, path: string): Promise<Reply> {
  const name = basename(path);
  const list: (readonly [string, string])[] =
    name === "state"
      ? [...files].map(([file, text]) => [`state/${file}`, text])
      : files.has(name)
        ? [[name, files.get(name)!]]
        : [];
  if (list.length === 0 && name !== "state") return refuse(`Could not find the file ${path} in container x`);
  const items = list.map(([file, text]) => {
    const bytes = Buffer.from(text);
    const owner = { uid: 0, gid: 0, mtime: 0, mode: 0o600 };
    return { entry: { path: file, type: "file" as const, size: bytes.length, ...owner }, content: [bytes] };
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(items)) chunks.push(Uint8Array.from(chunk));
  return { out: Buffer.concat(chunks) };
}

function inspect(container: FakeContainer, behaviour: FakeBehaviour | undefined): object {
  const { id, name, image, labels, created, started, ports } = container;
  const { restarts, ...state } = stateOf(container, behaviour?.does);
  const begun = behaviour?.does === "flap" ? Date.now() : started;
  const published = ports.map(
    (port) => [`${port}/tcp`, [{ HostIp: "0.0.0.0", HostPort: String(port) }]] as const,
  );
  return {
    Id: id,
    Name: `/${name}`,
    Created: new Date(created).toISOString(),
    Image: `sha256:${createHash("sha256").update(image).digest("hex")}`,
    RestartCount: restarts,
    State: {
      ...state,
      StartedAt: new Date(begun ?? -62_135_596_800_000).toISOString(),
      OOMKilled: false,
      Error: "",
    },
    Config: { Image: image, Labels: labels },
    HostConfig: { RestartPolicy: { Name: container.restart ? "unless-stopped" : "no" } },
    NetworkSettings: { Ports: Object.fromEntries(published) },
  };
}

function stateOf(
  { started, stopped, restart }: FakeContainer,
  does: FakeBehaviour["does"] | undefined,
): {
  readonly Status: string;
  readonly ExitCode: number;
  readonly Health?: object;
  readonly restarts: number;
} {
  if (started === undefined) return { Status: "created", ExitCode: 0, restarts: 0 };
  if (stopped === true) return { Status: "exited", ExitCode: 143, restarts: 0 };
  const beats = Math.floor((Date.now() - started) / BEAT);
  switch (does) {
    case "crash":
      return restart
        ? { Status: "restarting", ExitCode: 1, restarts: beats }
        : { Status: "exited", ExitCode: 1, restarts: 0 };
    case "sicken":
      return {
        Status: "running",
        ExitCode: 0,
        restarts: 0,
        Health: health(beats === 0 ? "starting" : "unhealthy"),
      };
    case "flap":
      return { Status: "running", ExitCode: 0, restarts: Math.min(beats, 4) };
    case "start":
      return { Status: "running", ExitCode: 0, restarts: 0, Health: health("starting") };
    case "serve":
    case undefined:
      return {
        Status: "running",
        ExitCode: 0,
        restarts: 0,
        Health: health(beats === 0 ? "starting" : "healthy"),
      };
  }
}

function health(status: string): object {
  return { Status: status, Log: [{ ExitCode: 1, Output: `${status}, says the check\n` }] };
}
