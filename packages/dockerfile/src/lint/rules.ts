import { COMMAND_RULES } from "./commands.ts";
import type { Rule } from "./rule.ts";
import { STAGE_RULES } from "./stages.ts";
import { VARIABLE_RULES } from "./variables.ts";

export const RULES: readonly Rule[] = [...STAGE_RULES, ...COMMAND_RULES, ...VARIABLE_RULES];
