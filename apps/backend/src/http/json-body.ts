import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getLocation, parse, printParseErrorCode, type ParseError } from "jsonc-parser";
import type { z } from "zod";

import type { AppEnv } from "./context.ts";
import { Fault } from "./fault.ts";
import { formatPath, toLocatedFaults } from "./locate.ts";

/** 1 MB, counted as the bytes arrive. */
const maxBodyBytes = 1_048_576;

export const limitBody = bodyLimit({
  maxSize: maxBodyBytes,
  onError: (c) => {
    // The rest of the body is not worth reading, so the connection cannot be used again.
    c.header("Connection", "close");
    throw new Fault("body_too_large", `the body is larger than ${maxBodyBytes} bytes`);
  },
});

/** Reads and validates a JSON body. Throws a Fault that says where in the body the fault is. */
export async function readJson<Schema extends z.ZodType>(
  c: Context<AppEnv>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    const found = type ? JSON.stringify(type.slice(0, 80)) : "none";
    throw new Fault("unsupported_media_type", `content-type: expected application/json, found ${found}`);
  }
  return validate(parseJson(await c.req.text()), schema);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const fault = locateSyntaxFault(text);
    const where = fault.path ? `${fault.path}: ` : "";
    throw new Fault(
      "bad_json",
      `the body is not JSON: ${where}${fault.message}`,
      { faults: [fault] },
      { cause: error },
    );
  }
}

export function validate<Schema extends z.ZodType>(value: unknown, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = toLocatedFaults(result.error);
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  throw new Fault("invalid_request", `${first?.path || "body"}: ${first?.message ?? "invalid"}${more}`, {
    faults,
  });
}

/** V8 gives no position for half of its messages, so the fault is looked for again with a parser that does. */
function locateSyntaxFault(text: string) {
  if (text.trim() === "") return { path: "", message: "the body is empty" };
  try {
    const errors: ParseError[] = [];
    parse(text, errors, { disallowComments: true });
    const [first] = errors;
    if (!first) return { path: "", message: "unexpected content" };
    const before = text.slice(0, first.offset).split("\n");
    const position = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    const { path } = getLocation(text, first.offset);
    // Where a key is expected, the location ends in an empty one.
    if (path.at(-1) === "") path.pop();
    return { path: formatPath(path), message: `${spaced(printParseErrorCode(first.error))} at ${position}` };
  } catch {
    // The parser is recursive: a body of nothing but brackets exhausts its stack.
    return { path: "", message: "nested too deeply" };
  }
}

/** "CloseBraceExpected" → "close brace expected" */
function spaced(code: string): string {
  return code.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}
