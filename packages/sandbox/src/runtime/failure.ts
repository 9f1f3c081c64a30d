/** As shells do: the command was not found, or is no program that can be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** How crun and runc begin when the process of the container could not be started. */
const ABOUT_THE_COMMAND = /executable file|exec container process|open executable|\bexec: "|\bexec \//;

/** The last message of a runtime's log, without its time stamp. */
export function lastMessage(log: string): string | undefined {
  const line = log.trimEnd().split("\n").at(-1)?.trim() ?? "";
  const quoted = /\bmsg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  if (quoted !== undefined) return quoted.replaceAll(/\\(.)/g, "$1");
  const plain = line.replace(/^\S*\d{4}-\d\d-\d\dT\S+\s*/, "");
  return plain === "" ? undefined : plain;
}

/** The exit code that a shell gives for this message, or `undefined` where it is about something else. */
export function commandFailure(message: string): number | undefined {
  if (!ABOUT_THE_COMMAND.test(message)) return undefined;
  if (/no such file or directory|not found/i.test(message)) return NOT_FOUND;
  if (/permission denied|not permitted|exec format error|is a directory/i.test(message))
    return NOT_EXECUTABLE;
  return undefined;
}
