import { isAscii } from "node:buffer";
import { OciError } from "../error.ts";

// Linux names are bytes, our paths are strings. A byte that is no UTF-8 becomes the lone surrogate U+DC80–U+DCFF (the
// scheme of Python's "surrogateescape"), so that reading and writing an archive again loses nothing.
const ESCAPE = 0xdc00;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes of a file name to a string; the inverse of `encodePath` for any bytes. */
export function decodePath(bytes: Uint8Array): string {
  if (isAscii(bytes)) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
  return tryDecode(bytes) ?? decodeEscaping(bytes);
}

/**
 * A path as the bytes the file system wants. Needed only where `path.isWellFormed()` is false: Node would write U+FFFD
 * for a byte that is no UTF-8.
 * @throws OciError `invalid-archive` where the string holds a surrogate that stands for no byte
 */
export function encodePath(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path, "utf8");
  const parts: Buffer[] = [];
  for (const character of path) {
    const code = character.codePointAt(0)!;
    if (code < 0xd800 || code > 0xdfff) parts.push(Buffer.from(character, "utf8"));
    else if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) parts.push(Buffer.of(code - ESCAPE));
    else throw new OciError("invalid-archive", `path ${JSON.stringify(path)}: holds half a character`);
  }
  return Buffer.concat(parts);
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at]!);
    const character = tryDecode(bytes.subarray(at, at + length));
    text += character ?? String.fromCharCode(ESCAPE + bytes[at]!);
    at += character === undefined ? 1 : length;
  }
  return text;
}

function sequenceLength(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
