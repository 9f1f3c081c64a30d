import { printable } from "../../progress/text.ts";

type Properties = { readonly [name: string]: string | number | undefined };

/**
 * A workflow command: `::error file=a,line=7::message`. The runner splits at what is escaped here, and undoes it
 * (actions/runner, ActionCommand.cs). What others wrote is shown, and does nothing.
 */
export function workflowCommand(name: string, properties: Properties, message: string): string {
  const pairs = Object.entries(properties).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [`${key}=${property(String(value))}`],
  );
  return `::${[name, pairs.join(",")].join(" ").trimEnd()}::${data(message)}`;
}

function data(text: string): string {
  return printable(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** At the start of a line, behind whatever .NET's `TrimStart` takes away. */
const COMMAND = /^((?:[^\S\r\n]|\u0085)*)::/gmu;
/** The older form, which the runner takes anywhere in a line. */
const OLD_COMMAND = /##\[/g;

/**
 * Text in which the runner finds no command: build steps, registries and test programs have their words in the log, and
 * `::add-mask::`, `::error::` or `::stop-commands::` among them would be obeyed. Marked with a backslash, as the runner
 * itself does. (Stopping commands around what others say would hold for the rest of the step if this process is killed.)
 */
export function withoutCommands(text: string): string {
  return text.replaceAll(COMMAND, "$1\\::").replaceAll(OLD_COMMAND, "##[\\");
}

/** A stream that writes texts without commands. They are to come line by line, as everything here does. */
export function mute(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = (chunk: string | Uint8Array, ...rest: readonly never[]): boolean =>
    // Byte by byte, as a piece of a program's output may end within a character.
    typeof chunk === "string"
      ? stream.write(withoutCommands(chunk), ...rest)
      : stream.write(Buffer.from(withoutCommands(Buffer.from(chunk).toString("latin1")), "latin1"), ...rest);
  return new Proxy(stream, {
    get(target, key) {
      if (key === "write") return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
