import type { Instruction, SelectedStage } from "@seaworthy/dockerfile";
import type { Platform } from "@seaworthy/oci";
import { refuseRemote } from "./copy/add-step.ts";
import { refuseForeign, refuseRun } from "./run/refuse-run.ts";
import type { Parts } from "./stages.ts";

/**
 * Says what cannot be carried out before anything is: nobody waits minutes for the first stages to learn that the last
 * one needs an emulator. What only shows once variables are known is refused when its turn comes.
 */
export function refuseAhead(parts: Parts, { stage }: SelectedStage, platform: Platform): void {
  const unable = parts.cannotRun(platform);
  for (const instruction of stage.instructions) {
    refuse(parts, instruction);
    if (instruction.kind === "run" && unable !== undefined) {
      refuseForeign(parts.file, instruction, platform, unable);
    }
  }
}

function refuse(parts: Parts, instruction: Instruction): void {
  if (instruction.kind === "run") refuseRun(parts.file, instruction);
  if (instruction.kind === "add") refuseRemote(parts, instruction);
}
