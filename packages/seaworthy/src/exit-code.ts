/** 0 done, 1 failed, 2 usage, 3 a gate refused, 130 interrupted. */
export const ExitCode = { done: 0, failed: 1, usage: 2, refused: 3, interrupted: 130 } as const;
