import type { Dockerfile, RunInstruction } from "@seaworthy/dockerfile";
import { type Platform, formatPlatform } from "@seaworthy/oci";
import { failAt } from "../blame.ts";

/** What a RUN may ask for and this engine does not do: never left out in silence. */
export function refuseRun(file: Dockerfile, instruction: RunInstruction): void {
  const fail = failAt(file, instruction.range, "unsupported");
  if (instruction.security === "insecure") {
    fail(
      "RUN --security=insecure is not carried out by this engine",
      "leave the flag out, or build with Docker",
    );
  }
  const [device] = instruction.devices;
  if (device !== undefined) {
    fail(`RUN --device=${device.name} is not carried out by this engine`, "build with Docker");
  }
  if (instruction.mounts.some(({ type }) => type === "ssh")) refuseSsh(file, instruction);
}

export function refuseSsh(file: Dockerfile, { range }: RunInstruction): never {
  return failAt(
    file,
    range,
    "unsupported",
  )("RUN --mount=type=ssh is not carried out by this engine", "hand the key over with --mount=type=secret");
}

/** `unable` says why programs of the platform do not run here. */
export function refuseForeign(
  file: Dockerfile,
  { range }: RunInstruction,
  platform: Platform,
  unable: string,
): never {
  return failAt(
    file,
    range,
    "foreign-platform",
  )(
    `RUN needs to execute ${formatPlatform(platform)} programs and this machine cannot: ${unable}`,
    "put the step into a stage on --platform=$BUILDPLATFORM and cross-compile, or install qemu-user-static and binfmt-support",
  );
}
