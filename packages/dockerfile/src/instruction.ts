import type { Mount } from "./mount.ts";
import type { Range } from "./range.ts";

/** What every instruction has. Values are raw words until `expandInstruction` has run. */
interface Base {
  readonly range: Range;
  /** The text as written: continuation lines, comments between them and heredoc bodies included. */
  readonly source: string;
  /** The same as one line: continuations joined, comments and heredoc bodies left out. */
  readonly line: string;
}

/** `RUN`, `CMD` and the like: one string for the shell, or the arguments of a program. */
export interface ShellForm {
  readonly form: "shell";
  readonly command: string;
}
export interface ExecForm {
  readonly form: "exec";
  readonly command: readonly string[];
}

export interface Heredoc {
  readonly name: string;
  /** The body as written, leading tabs included. */
  readonly content: string;
  /** False where the delimiter was quoted: variables in the body stay as they are. */
  readonly expand: boolean;
  /** `<<-`: leading tabs of each line are to be removed. */
  readonly chomp: boolean;
}

/** A file given in the Dockerfile itself (`COPY <<name dest`); tabs are already removed for `<<-`. */
export interface HeredocSource {
  readonly name: string;
  readonly content: string;
  readonly expand: boolean;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface FromInstruction extends Base {
  readonly kind: "from";
  /** Stage, image reference, named context or `scratch`, as written. */
  readonly image: string;
  readonly platform?: string | undefined;
  /** As written; `Stage.name` is the lower-case one. */
  readonly alias?: string | undefined;
}

export interface ArgInstruction extends Base {
  readonly kind: "arg";
  /** `value` is absent for a bare name, empty for `name=`. */
  readonly args: readonly { readonly name: string; readonly value?: string | undefined }[];
}

export interface EnvInstruction extends Base {
  readonly kind: "env";
  readonly pairs: readonly KeyValue[];
  /** Written as `ENV name value`. */
  readonly legacy: boolean;
}

export interface LabelInstruction extends Base {
  readonly kind: "label";
  readonly pairs: readonly KeyValue[];
  readonly legacy: boolean;
}

interface RunFields extends Base {
  readonly kind: "run";
  readonly heredocs: readonly Heredoc[];
  readonly mounts: readonly Mount[];
  readonly network?: "default" | "none" | "host" | undefined;
  readonly security?: "sandbox" | "insecure" | undefined;
  /** `--device`: names of the Container Device Interface. */
  readonly devices: readonly { readonly name: string; readonly required: boolean }[];
}
export type RunInstruction = RunFields & (ShellForm | ExecForm);

interface Transfer extends Base {
  readonly sources: readonly string[];
  readonly heredocSources: readonly HeredocSource[];
  readonly destination: string;
  /** `user[:group]`, names or numbers. */
  readonly chown?: string | undefined;
  /** For `parseChmod`. */
  readonly chmod?: string | undefined;
  readonly link: boolean;
  /** Patterns in the syntax of .dockerignore; never expanded. */
  readonly exclude: readonly string[];
}

export interface CopyInstruction extends Transfer {
  readonly kind: "copy";
  /** Stage name, stage number, named context or image; the build context where absent. */
  readonly from?: string | undefined;
  readonly parents: boolean;
}

export interface AddInstruction extends Transfer {
  readonly kind: "add";
  readonly checksum?: string | undefined;
  /** Absent: the source decides (off for git, except where its URL says otherwise). */
  readonly keepGitDir?: boolean | undefined;
  /** Absent: local archives are unpacked, remote ones are not. */
  readonly unpack?: boolean | undefined;
}

export interface WorkdirInstruction extends Base {
  readonly kind: "workdir";
  readonly path: string;
}

export interface UserInstruction extends Base {
  readonly kind: "user";
  readonly user: string;
}

export interface ExposeInstruction extends Base {
  readonly kind: "expose";
  /** Words such as `80`, `8000-8010/udp`; for `exposedPorts` after expansion. */
  readonly ports: readonly string[];
}

export interface VolumeInstruction extends Base {
  readonly kind: "volume";
  readonly paths: readonly string[];
}

export type CmdInstruction = Base & { readonly kind: "cmd" } & (ShellForm | ExecForm);
/** An empty exec form clears the entrypoint of the base. */
export type EntrypointInstruction = Base & { readonly kind: "entrypoint" } & (ShellForm | ExecForm);

export interface HealthcheckInstruction extends Base {
  readonly kind: "healthcheck";
  /** As in the image config: `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`. */
  readonly test: readonly string[];
  /** Nanoseconds; absent or 0 means inherited. */
  readonly interval?: number | undefined;
  readonly timeout?: number | undefined;
  readonly startPeriod?: number | undefined;
  readonly startInterval?: number | undefined;
  readonly retries?: number | undefined;
}

export interface StopsignalInstruction extends Base {
  readonly kind: "stopsignal";
  readonly signal: string;
}

export interface ShellInstruction extends Base {
  readonly kind: "shell";
  readonly shell: readonly string[];
}

export interface OnbuildInstruction extends Base {
  readonly kind: "onbuild";
  /** The trigger as the image config stores it. */
  readonly expression: string;
  readonly instruction: Instruction;
}

export interface MaintainerInstruction extends Base {
  readonly kind: "maintainer";
  readonly maintainer: string;
}

/** Everything that may stand inside a stage. */
export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;
