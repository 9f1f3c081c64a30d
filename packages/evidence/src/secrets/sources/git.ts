/**
 * git in the folder that is looked at, its stdout as it comes. Fails where git does, with what it said.
 * Ended when nobody reads on.
 */
export type StreamGit = (args: readonly string[], signal: AbortSignal) => AsyncIterable<Uint8Array>;
