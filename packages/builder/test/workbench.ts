import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type Layout,
  type Place,
  type Platform,
  type SeaworthyError,
  hostPlatform,
  openLayout,
} from "@seaworthy/oci";
import { crunSandbox, findRuntime, openSnapshots } from "@seaworthy/sandbox";
import { testProbe } from "../../sandbox/test/machine.ts";
import { makeRootfs } from "../../sandbox/test/rootfs.ts";
import {
  type AssembledBase,
  type BuildRequest,
  type BuildResult,
  type Engine,
  type NativeEngineOptions,
  type ProgressEvent,
  createNativeEngine,
} from "../src/index.ts";
import { type ReadImage, readImage } from "./image.ts";
import { baseOf, itemsOfDirectory } from "./root.ts";

export const EPOCH = 1_000_000_000;
const never = new AbortController().signal;

/** What a test writes: a text, or a text with a mode, or a symbolic link. */
export type Source =
  | string
  | Uint8Array
  | { readonly text: string; readonly mode: number }
  | { readonly link: string };

export interface Built extends BuildResult {
  readonly events: readonly ProgressEvent[];
  /** One platform of the result; this machine's where none is named. */
  readonly image: (architecture?: string) => Promise<ReadImage>;
  /** `name → status` of the steps whose name holds the text. */
  readonly statuses: (part: string) => readonly string[];
  readonly output: string;
}

export interface Workbench extends Disposable {
  readonly dir: string;
  readonly context: string;
  readonly cacheDir: string;
  readonly layout: Layout;
  readonly engine: Engine;
  /** Writes files of the context. */
  write(files: Readonly<Record<string, Source>>): void;
  build(dockerfile: string, more?: Partial<BuildRequest>, signal?: AbortSignal): Promise<Built>;
  /** The error of a build that fails, with the events up to it. */
  fail(
    dockerfile: string,
    more?: Partial<BuildRequest>,
    signal?: AbortSignal,
  ): Promise<{
    readonly code: string;
    readonly message: string;
    readonly hint: string | undefined;
    readonly place: Place | undefined;
    readonly events: readonly ProgressEvent[];
  }>;
  /** Files and directories of a build that should be gone. */
  leftovers(): readonly string[];
  /** Forgets what is held in memory, as the end of the process would. */
  reopen(options?: Partial<NativeEngineOptions>): void;
}

export const SHELL_CONFIG = { Env: ["PATH=/usr/bin:/bin"] };

/** A root file system with a shell and a few tools, made once for a test file. */
export function openShell(): { readonly base: AssembledBase; readonly dir: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
  makeRootfs(dir);
  for (const name of ["dev", "proc", "run", "sys"]) mkdirSync(`${dir}/${name}`);
  chmodSync(`${dir}/tmp`, 0o1777);
  const base = baseOf("shell", () => itemsOfDirectory(dir), SHELL_CONFIG);
  return { base, dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

export function writeFiles(root: string, files: Readonly<Record<string, Source>>): void {
  for (const [path, source] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(path.endsWith("/") ? file : dirname(file), { recursive: true });
    if (path.endsWith("/")) {
      if (typeof source === "object" && "mode" in source) chmodSync(file, source.mode);
    } else if (typeof source === "string" || source instanceof Uint8Array) writeFileSync(file, source);
    else if ("link" in source) symlinkSync(source.link, file);
    else {
      writeFileSync(file, source.text);
      chmodSync(file, source.mode);
    }
  }
}

/** A folder, a cache and a layout of their own, with a real engine. */
export async function openWorkbench(
  bases: Readonly<Record<string, AssembledBase>> = {},
  options: Partial<NativeEngineOptions> = {},
): Promise<Workbench> {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
  const context = join(dir, "context");
  const cacheDir = options.cacheDir ?? join(dir, "cache");
  mkdirSync(context, { mode: 0o755 });
  const layout = options.out ?? (await openLayout(join(dir, "store")));
  const open = (more: Partial<NativeEngineOptions> = {}) =>
    engineOf(dir, cacheDir, layout, { ...options, ...more });
  let opened = open();
  const run = async (
    events: ProgressEvent[],
    dockerfile: string,
    more: Partial<BuildRequest>,
    signal: AbortSignal,
  ): Promise<BuildResult> => {
    const ignore = join(context, ".dockerignore");
    const request: BuildRequest = {
      dockerfile: { path: "Dockerfile", text: dockerfile },
      context,
      platforms: [hostPlatform()],
      epoch: EPOCH,
      created: EPOCH,
      bases,
      ...(existsSync(ignore)
        ? { ignore: { path: ".dockerignore", text: readFileSync(ignore, "utf8") } }
        : {}),
      ...more,
    };
    return opened.engine.build(request, (event) => events.push(event), signal);
  };
  return {
    dir,
    context,
    cacheDir,
    layout,
    engine: { build: (...call) => opened.engine.build(...call) },
    write: (files) => writeFiles(context, files),
    async build(dockerfile, more = {}, signal = never) {
      const events: ProgressEvent[] = [];
      const result = await run(events, dockerfile, more, signal);
      return builtOf(result, events, layout);
    },
    async fail(dockerfile, more = {}, signal = never) {
      const events: ProgressEvent[] = [];
      try {
        await run(events, dockerfile, more, signal);
      } catch (error) {
        const { code, message, hint, place } = error as SeaworthyError;
        return { code, message, hint, place, events };
      }
      throw new Error("the build did not fail");
    },
    leftovers: () =>
      [join(cacheDir, "run"), join(cacheDir, "scratch"), join(layout.dir, "tmp")].flatMap((path) =>
        // The sandbox keeps its compiled system call filter.
        existsSync(path) ? readdirSync(path).filter((name) => !name.endsWith(".bpf")) : [],
      ),
    reopen(more) {
      opened.close();
      opened = open(more);
    },
    [Symbol.dispose]() {
      opened.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function engineOf(dir: string, cacheDir: string, out: Layout, options: Partial<NativeEngineOptions>) {
  const snapshots = openSnapshots(join(cacheDir, "snapshots"));
  const runtime = findRuntime(testProbe(dir));
  const host = hostPlatform();
  const engine = createNativeEngine({
    snapshots: () => snapshots,
    sandbox: () => crunSandbox({ runtime, scratch: join(cacheDir, "run") }),
    cannotRun: ({ architecture }: Platform) =>
      architecture === host.architecture ? undefined : "no emulator is registered",
    buildPlatform: host,
    pull: ({ registry }) => {
      throw new Error(`nothing is pulled in this test, not even from ${registry}`);
    },
    parallel: 2,
    now: () => BigInt(Date.now()) * 1_000_000n,
    ...options,
    out,
    cacheDir,
  });
  return { engine, close: () => snapshots[Symbol.dispose]() };
}

function builtOf(result: BuildResult, events: readonly ProgressEvent[], layout: Layout): Built {
  const names = new Map(events.flatMap((event) => (event.type === "start" ? [[event.id, event.name]] : [])));
  return {
    ...result,
    events,
    image: (architecture = hostPlatform().architecture) => readImage(layout, result.index, architecture),
    statuses: (part) =>
      events.flatMap((event) =>
        event.type === "end" && names.get(event.id)?.includes(part) === true ? [event.status] : [],
      ),
    output: events.flatMap((event) => (event.type === "output" ? [event.text] : [])).join(""),
  };
}
