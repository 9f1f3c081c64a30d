/** What one Dockerfile may ask of this machine. Real files stay far below every one of these. */
export const MAX_TEXT = 1024 * 1024;
export const MAX_INSTRUCTIONS = 10_000;
/** Result of expanding one word. Variables doubled in a chain of ENV lines reach it after 20 lines. */
export const MAX_EXPANDED = 1024 * 1024;
/** `${a:-${b:-${c…}}}`. */
export const MAX_NESTING = 100;
/** Character comparisons while the patterns of one word are matched. */
export const MAX_PATTERN_STEPS = 10_000_000;
export const MAX_PORT_WORDS = 1000;
