import { setTimeout as sleep } from "node:timers/promises";
import type { Shop } from "../shop.ts";

/** Between two looks at a lock that somebody else holds, in milliseconds. */
const [FIRST_WAIT, LONGEST_WAIT] = [10, 250];

/** Takes all the locks, waiting as long as it takes. In the order of their names, so that no two wait for each other. */
export async function takeLocks(
  paths: readonly string[],
  { files, signal }: Pick<Shop, "files" | "signal">,
): Promise<Disposable> {
  const held = new DisposableStack();
  try {
    for (const path of [...new Set(paths)].toSorted()) {
      for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
        const lock = files().tryLock(path);
        if (lock !== undefined) {
          held.use(lock);
          break;
        }
        await sleep(wait, undefined, { signal });
      }
    }
    return held;
  } catch (error) {
    held.dispose();
    throw error;
  }
}
