import { type Command, type OptionValues, Option } from "@commander-js/extra-typings";

export const collect = (value: string, previous: readonly string[]): readonly string[] => [
  ...previous,
  value,
];
export const NONE: readonly string[] = [];

export const progressOption = () =>
  new Option("--progress <kind>", "how progress is shown")
    .choices(["auto", "plain", "tty", "quiet"] as const)
    .default("auto" as const);

/** What is said of the event in place of the CI, by whatever runs on it. */
export function eventOptions<Args extends unknown[], Given extends OptionValues, Global extends OptionValues>(
  command: Command<Args, Given, Global>,
) {
  return command
    .option("--event-name <name>", "event, as GitHub names it (default: what the CI says, else git)")
    .option("--event-file <path>", "the event's payload")
    .option("--ref <ref>", "full git ref: refs/heads/BRANCH, refs/tags/TAG, refs/pull/NUMBER/merge")
    .option("--sha <commit>", "full commit id")
    .option("--repository <owner/name>", "repository on GitHub")
    .option("--default-branch <name>", "default branch");
}
