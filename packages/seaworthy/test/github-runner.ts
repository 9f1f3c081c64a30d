/**
 * What GitHub's runner makes of what a step writes, as its sources have it (actions/runner: ActionCommand.cs,
 * ActionCommandManager.cs, FileCommandManager.cs).
 */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

const KNOWN = new Set(
  (
    "add-mask add-matcher add-path debug echo endgroup error group notice remove-matcher save-state set-env " +
    "set-output stop-commands warning"
  ).split(" "),
);

/** The commands in a step's output; both forms, each line on its own. */
export function commandsIn(output: string): readonly RunnerCommand[] {
  return output.split(/\r\n|\r|\n/).flatMap((line) => newForm(line) ?? oldForm(line) ?? []);
}

function newForm(line: string): RunnerCommand | undefined {
  const text = line.replace(/^[\s\u0085]+/u, "");
  const end = text.startsWith("::") ? text.indexOf("::", 2) : -1;
  if (end < 0) return undefined;
  const unescape = (value: string): string =>
    value.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
  return commandOf(text.slice(2, end), ",", unescape(text.slice(end + 2)), (value) =>
    unescape(value.replaceAll("%3A", ":").replaceAll("%2C", ",")),
  );
}

function oldForm(line: string): RunnerCommand | undefined {
  const [, info, data] = /##\[([^\]]*)\](.*)$/su.exec(line) ?? [];
  return info === undefined ? undefined : commandOf(info, ";", data ?? "", (value) => value);
}

function commandOf(
  info: string,
  separator: string,
  data: string,
  unescape: (value: string) => string,
): RunnerCommand | undefined {
  const [name = "", ...rest] = info.split(" ");
  if (!KNOWN.has(name)) return undefined;
  const pairs = rest
    .join(" ")
    .split(separator)
    .flatMap((pair) => {
      const [key = "", value] = [pair.split("=", 1)[0], pair.slice(pair.indexOf("=") + 1)];
      return pair.includes("=") && value !== undefined ? [[key.trim(), unescape(value)] as const] : [];
    });
  return { name, properties: Object.fromEntries(pairs), data };
}

/** The outputs that a step's `GITHUB_OUTPUT` sets. Throws where the runner would fail the step. */
export function outputsIn(file: string): Readonly<Record<string, string>> {
  const lines = file.split("\n");
  const outputs: Record<string, string> = {};
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    if (line === "") continue;
    const [equals, heredoc] = [line.indexOf("="), line.indexOf("<<")];
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      outputs[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const end = heredoc <= 0 ? -1 : lines.indexOf(line.slice(heredoc + 2), at + 1);
    if (end < 0) throw new Error(`invalid format ${JSON.stringify(line)}`);
    outputs[line.slice(0, heredoc)] = lines.slice(at + 1, end).join("\n");
    at = end;
  }
  return outputs;
}
