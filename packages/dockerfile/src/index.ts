export { classifySource } from "./add-source.ts";
export type { AddSource, GitSource, HttpSource, LocalSource } from "./add-source.ts";
export { parseChmod } from "./chmod.ts";
export type { Chmod } from "./chmod.ts";
export type { Checks, Directives, Dockerfile, Escape, Stage, Warning } from "./dockerfile.ts";
export { parseDuration } from "./duration.ts";
export { DockerfileError } from "./error.ts";
export type { DockerfileErrorCode } from "./error.ts";
export { expandWord, expandWords, referencedVariables } from "./expand.ts";
export { expandInstruction } from "./expand-instruction.ts";
export { globalArgs } from "./global-args.ts";
export { parseDockerignore } from "./ignore.ts";
export type { Ignore, Verdict } from "./ignore.ts";
export type {
  AddInstruction,
  ArgInstruction,
  CmdInstruction,
  CopyInstruction,
  EntrypointInstruction,
  EnvInstruction,
  ExecForm,
  ExposeInstruction,
  FromInstruction,
  HealthcheckInstruction,
  Heredoc,
  HeredocSource,
  Instruction,
  KeyValue,
  LabelInstruction,
  MaintainerInstruction,
  OnbuildInstruction,
  RunInstruction,
  ShellForm,
  ShellInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from "./instruction.ts";
export { markSource } from "./mark-source.ts";
export type { BindMount, CacheMount, Mount, SecretMount, SshMount, TmpfsMount } from "./mount.ts";
export { parseDockerfile, parseTrigger } from "./parse.ts";
export { PLATFORM_ARGS, PROXY_ARGS, platformArgs } from "./platform-args.ts";
export { exposedPorts } from "./ports.ts";
export type { Position, Range } from "./range.ts";
export { runProgram } from "./run-program.ts";
export type { RunProgram } from "./run-program.ts";
export { selectStages, suggestStage } from "./select-stages.ts";
export type { SelectedStage, SelectOptions, StageSelection, StageSource } from "./select-stages.ts";
