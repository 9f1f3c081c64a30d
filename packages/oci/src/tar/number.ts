import { OciError } from "../error.ts";

/**
 * A numeric header field: octal digits padded with blanks, zeros or NUL, or GNU's base-256 where the first bit is set.
 * Negative values exist only in base-256, and only times may be negative.
 */
export function readNumber(field: Buffer, where: string): number {
  return (field[0]! & 0x80) === 0 ? readOctal(field, where) : readBase256(field, where);
}

function readOctal(field: Buffer, where: string): number {
  let at = 0;
  while (at < field.length && field[at] === 0x20) at++;
  let value = 0;
  for (; at < field.length; at++) {
    const digit = field[at]! - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  for (; at < field.length && field[at] !== 0; at++) {
    if (field[at] !== 0x20) {
      const text = JSON.stringify(field.toString("latin1"));
      throw new OciError("invalid-archive", `${where}: expected an octal number, found ${text}`);
    }
  }
  return value;
}

function readBase256(field: Buffer, where: string): number {
  const negative = (field[0]! & 0x40) !== 0;
  let value = negative ? -1n : 0n;
  const first = negative ? field[0]! : field[0]! & 0x7f;
  value = (value << 8n) | BigInt(first);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new OciError("invalid-archive", `${where}: number ${value} is out of range`);
  }
  return number;
}
