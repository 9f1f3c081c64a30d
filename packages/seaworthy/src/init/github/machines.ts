import type { Runner } from "./runners.ts";

/** Where a job runs: on one machine, or once for each platform. */
export interface Machines {
  /** Keys of the job. */
  readonly keys: readonly string[];
  /** What follows in names that tell the runs apart. */
  readonly suffix: string;
  /** Flags of `release`. */
  readonly flags: string;
  /** Variables of the step that releases, which the flags use. */
  readonly env: readonly string[];
  readonly emulate: "always" | "matrix" | "never";
}

export function alone({ label, emulated }: Runner): Machines {
  return {
    keys: [`runs-on: ${label}`, "timeout-minutes: 60"],
    suffix: "",
    flags: "",
    env: [],
    emulate: emulated ? "always" : "never",
  };
}

export function each(runners: readonly Runner[]): Machines {
  const entries = runners.map(({ platform, label, emulated }) => {
    return `      - { platform: ${platform}, runner: ${label}${emulated ? ", emulated: true" : ""} }`;
  });
  return {
    keys: [
      "strategy:",
      "  fail-fast: false # a platform that fails does not hide what the others have to say",
      "  matrix:",
      "    include:",
      ...entries,
      "runs-on: ${{ matrix.runner }}",
      "timeout-minutes: 60",
    ],
    suffix: " ${{ matrix.platform }}",
    flags: ' --platform "$PLATFORM" --partial',
    env: ["PLATFORM: ${{ matrix.platform }}"],
    emulate: runners.some(({ emulated }) => emulated) ? "matrix" : "never",
  };
}
