import { readFileSync } from "node:fs";
import type { Running } from "@seaworthy/sandbox";

/** The effective user of the first process, numbered as the container does; undefined where it is gone. */
export function userOf({ pid }: Pick<Running, "pid">): number | undefined {
  try {
    // proc(5), /proc/PID/status: real, effective, saved, file system.
    const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return uid === undefined ? undefined : Number(uid);
  } catch {
    return undefined;
  }
}
