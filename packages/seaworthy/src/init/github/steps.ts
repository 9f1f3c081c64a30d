import { literal } from "../literal.ts";
import type { Tools } from "../tools.ts";
import { pinned } from "./pins.ts";

/** What every job that builds starts with. `emulate` is a condition on which a step installs an emulator. */
export function preparation(tools: Tools, emulate: "always" | "matrix" | "never"): readonly string[] {
  return [
    ...sources(tools),
    "- name: Let this machine build",
    "  # It is thrown away after the job. Ubuntu 24.04 keeps user namespaces from unprivileged processes; the image's",
    "  # build steps run in one. The doctor installs what else is missing.",
    "  run: |",
    "    sudo sysctl --ignore --write kernel.apparmor_restrict_unprivileged_userns=0",
    `    ${tools.seaworthy} doctor --fix --quiet`,
    ...emulation(emulate),
  ];
}

/** The repository, Node, and what the repository installs. */
export function sources(tools: Tools): readonly string[] {
  return [
    `- uses: ${pinned("actions/checkout")}`,
    "  with:",
    "    fetch-depth: 0 # moving tags move forward by ancestry, which takes the whole history",
    "    persist-credentials: false # no step talks to git's remote",
    `- uses: ${pinned("actions/setup-node")}`,
    "  with:",
    "    node-version: 24",
    "    # Neither this nor cache: a cache that cannot be reached would fail the build.",
    "    package-manager-cache: false",
    ...installation(tools),
  ];
}

function installation({ install, folder }: Tools): readonly string[] {
  if (install.length === 0) return [];
  return [
    "- name: Install",
    ...(folder === "." ? [] : [`  working-directory: ${literal(withoutExpressions(folder))}`]),
    ...(install.length === 1
      ? [`  run: ${install[0]!}`]
      : ["  run: |", ...install.map((line) => `    ${line}`)]),
  ];
}

/** A folder may be called anything; what begins an expression is written as the result of one. */
function withoutExpressions(text: string): string {
  return text.replaceAll("${{", "${{ '${{' }}");
}

function emulation(when: "always" | "matrix" | "never"): readonly string[] {
  if (when === "never") return [];
  return [
    "- name: Emulate a platform that no runner has",
    ...(when === "matrix" ? ["  if: matrix.emulated"] : []),
    "  run: sudo apt-get update -qq && sudo apt-get install -y qemu-user-static",
  ];
}

interface ReleaseStep {
  /** Whether others read its outputs. */
  readonly id?: boolean;
  readonly token?: boolean;
  readonly env?: readonly string[];
}

/** The step that releases; no other has a token. */
export function releaseStep(
  name: string,
  { seaworthy }: Tools,
  flags: string,
  { id = false, token = false, env = [] }: ReleaseStep,
): readonly string[] {
  const variables = [...env, ...(token ? ["GITHUB_TOKEN: ${{ github.token }}"] : [])];
  return [
    `- name: ${name}`,
    ...(id ? ["  id: release"] : []),
    `  run: ${seaworthy} release --image "$IMAGE"${flags}`,
    ...(variables.length === 0 ? [] : ["  env:", ...variables.map((line) => `    ${line}`)]),
  ];
}
