import type { Dockerfile, Instruction, SelectedStage } from "@seaworthy/dockerfile";

/**
 * True where a stage comes out the same for every target platform, so that one run serves them all: it is fixed to a
 * platform that is not the target's, and neither it nor a stage it uses can tell what the build is for.
 */
export function isTargetFree(
  file: Dockerfile,
  { stage, base, sources }: SelectedStage,
  stages: ReadonlyMap<number, SelectedStage>,
): boolean {
  const free = (index: number): boolean => isTargetFree(file, stages.get(index)!, stages);
  if (file.metaArgs.some(({ args }) => args.some(({ value }) => mentionsTarget(value)))) return false;
  if (mentionsTarget(stage.from.image) || mentionsTarget(stage.from.platform)) return false;
  if (stage.instructions.some((instruction) => learnsTarget(instruction))) return false;
  // Without --platform an image, and scratch too, is for the target.
  if (base.type === "stage" ? !free(base.stage.index) : stage.from.platform === undefined) return false;
  // An image that files are copied from is taken for the target platform.
  return [...sources.values()].every((source) => source.type === "stage" && free(source.stage.index));
}

function mentionsTarget(text: string | undefined): boolean {
  return text?.includes("TARGET") === true;
}

function learnsTarget(instruction: Instruction): boolean {
  if (instruction.kind === "onbuild") return learnsTarget(instruction.instruction);
  return (
    instruction.kind === "arg" &&
    instruction.args.some(({ name, value }) => mentionsTarget(name) || mentionsTarget(value))
  );
}
