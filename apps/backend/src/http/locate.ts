import type { z } from "zod";

import type { LocatedFault } from "./fault.ts";

const maxFaults = 20;

/** ["input", "scenes", 2, "goal"] → "input.scenes[2].goal" */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]{0,99}$/.test(String(part))) text += text ? `.${String(part)}` : String(part);
    else text += `[${JSON.stringify(String(part).slice(0, 100))}]`;
  }
  return text;
}

/** One entry per fault; an unknown key is blamed by its own path, not by its parent's. At most twenty. */
export function toLocatedFaults(error: z.ZodError): LocatedFault[] {
  return error.issues
    .flatMap((issue): LocatedFault[] => {
      if (issue.code !== "unrecognized_keys")
        return [{ path: formatPath(issue.path), message: lower(issue.message) }];
      return issue.keys.map((key) => ({ path: formatPath([...issue.path, key]), message: "unknown key" }));
    })
    .slice(0, maxFaults);
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
