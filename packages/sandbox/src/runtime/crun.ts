import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { arch } from "node:process";
import { SandboxError, toSandboxError } from "../error.ts";
import type { Exit, ProcessSpec, Running, Sandbox, SandboxOptions } from "../sandbox.ts";
import { compileSeccomp } from "../sys/libseccomp.ts";
import { enterMountNamespace, inUserNamespace } from "../sys/namespace.ts";
import { hideHybridCgroups, removeControlGroups } from "./cgroups.ts";
import { type RunPaths, runPaths, toCommand } from "./command.ts";
import { Container, signalProcess } from "./container.ts";
import { writeEtcFiles } from "./etc-files.ts";
import { commandFailure, lastMessage } from "./failure.ts";
import type { Runtime } from "./find.ts";
import { makeMountPoints, mountPointKind } from "./mount-points.ts";
import { type SeccompProfile, seccompProfile } from "./seccomp.ts";
import { type SpecContext, allMounts, toRuntimeSpec } from "./spec.ts";

export interface CrunSandboxOptions {
  readonly runtime: Runtime;
  /** Directory for what runs need while they last, and for the compiled filter; made if it is missing. */
  readonly scratch: string;
  /** Where the machine has its `hosts` and `resolv.conf`. Default `/etc`. */
  readonly etc?: string;
}

const BPF_ANNOTATION = "run.oci.seccomp_bpf_data";

/** A sandbox made by an OCI runtime, crun or runc. Nothing is made or loaded until something is started. */
export function crunSandbox(options: CrunSandboxOptions): Sandbox {
  return new CrunSandbox(options);
}

class CrunSandbox implements Sandbox {
  readonly #runtime: Runtime;
  readonly #scratch: string;
  readonly #etc: string;
  #filter: Pick<SpecContext, "seccomp" | "annotations"> | undefined;

  constructor({ runtime, scratch, etc = "/etc" }: CrunSandboxOptions) {
    this.#runtime = runtime;
    this.#scratch = resolve(scratch);
    this.#etc = etc;
  }

  async start(
    process: ProcessSpec,
    rootfs: string,
    options: SandboxOptions,
    signal: AbortSignal,
  ): Promise<Running> {
    if (signal.aborted) throw aborted(signal);
    enterMountNamespace();
    hideHybridCgroups();
    mkdirSync(this.#scratch, { recursive: true, mode: 0o700 });
    const paths = runPaths(mkdtempSync(`${this.#scratch}/run-`));
    using cleanup = new DisposableStack();
    cleanup.defer(() => rmSync(paths.directory, { recursive: true, force: true }));
    try {
      const root = resolve(rootfs);
      const context: SpecContext = {
        rootfs: root,
        userNamespace: inUserNamespace(),
        etc: writeEtcFiles(paths.directory, this.#etc, options),
        ...this.#seccomp(),
        ...(this.#runtime.kind === "runc" ? { cgroupsPath: `/${paths.id}` } : {}),
      };
      const points = allMounts(options, context).map(({ destination, type, source }) => ({
        target: destination,
        kind: mountPointKind(type === "bind" ? source : undefined),
      }));
      cleanup.use(makeMountPoints(root, points));
      writeFileSync(paths.config, JSON.stringify(toRuntimeSpec(process, options, context)), { mode: 0o600 });
    } catch (error) {
      throw toSandboxError(`prepare a run in ${paths.directory}`, error);
    }
    const container = new Container(toCommand(this.#runtime, paths), paths.pidFile, options.onOutput);
    return await this.#follow(container, paths, cleanup.move(), signal);
  }

  async #follow(
    container: Container,
    paths: RunPaths,
    cleanup: DisposableStack,
    signal: AbortSignal,
  ): Promise<Running> {
    const abort = (): void => void container.killAll();
    signal.addEventListener("abort", abort, { once: true });
    cleanup.defer(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
    const exited = this.#exit(container, paths, cleanup, signal);
    const pid = await container.firstProcess();
    // Without a process there is nothing to watch: an error of the runtime is thrown here.
    if (pid === undefined) await exited;
    else exited.catch(() => {}); // the caller sees it where it awaits the end
    return {
      pid: pid ?? 0,
      exited,
      kill: async (name) => {
        if (pid !== undefined && !container.isOver) signalProcess(pid, name);
      },
    };
  }

  async #exit(
    container: Container,
    paths: RunPaths,
    cleanup: DisposableStack,
    signal: AbortSignal,
  ): Promise<Exit> {
    using _ = cleanup;
    const code = await container.ended;
    if (signal.aborted && this.#runtime.kind === "runc") removeControlGroups(paths.id);
    if (code === 0 || signal.aborted) return { code };
    const message = lastMessage(readIfThere(paths.log)) ?? lastMessage(container.lastWords) ?? "";
    if (code === 1) {
      const shellCode = commandFailure(message);
      if (shellCode !== undefined) return { code: shellCode };
    }
    if (container.hasBegun) return { code };
    throw new SandboxError(
      "runtime-failed",
      `${this.#runtime.kind}: ${message || `ended with exit code ${code}`}`,
      {
        hint: 'run "seaworthy doctor" to see what is missing on this machine',
      },
    );
  }

  #seccomp(): Pick<SpecContext, "seccomp" | "annotations"> {
    this.#filter ??= this.#makeFilter(seccompProfile(arch));
    return this.#filter;
  }

  /** Compiled once and kept; a runtime compiles it on every run, which takes longer than all the rest of a run. */
  #makeFilter(profile: SeccompProfile): Pick<SpecContext, "seccomp" | "annotations"> {
    if (this.#runtime.kind !== "crun") return { seccomp: profile };
    const key = createHash("sha256").update(JSON.stringify(profile)).digest("hex").slice(0, 16);
    const cached = `${this.#scratch}/seccomp-${arch}-${key}.bpf`;
    let filter: Buffer | undefined;
    try {
      filter = readFileSync(cached);
    } catch {
      const fresh = mkdtempSync(`${this.#scratch}/seccomp-`);
      filter = compileSeccomp(profile, `${fresh}/work`);
      if (filter) {
        writeFileSync(`${fresh}/filter`, filter);
        renameSync(`${fresh}/filter`, cached);
      }
      rmSync(fresh, { recursive: true, force: true });
    }
    if (!filter) return { seccomp: profile };
    // Should a runtime overlook the annotation, what is left forbids everything, so it cannot go unnoticed.
    return {
      seccomp: { ...profile, syscalls: [] },
      annotations: { [BPF_ANNOTATION]: filter.toString("base64") },
    };
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function aborted(signal: AbortSignal): SandboxError {
  return new SandboxError("aborted", "sandbox: the run was cancelled before it began", {
    cause: signal.reason,
  });
}
