/** Foreign JSON, field by field: `{ name: isText }` holds for an object whose `name` is a string. */
export type Check = (value: unknown) => boolean;

export const isText: Check = (value) => typeof value === "string";
export const isFlag: Check = (value) => typeof value === "boolean";
/** Of milliseconds or bytes; sums of some are still numbers that people can read. */
export const isCount: Check = (value) =>
  typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;

export const isOneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && values.includes(value);

export const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

export const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

/** Fields that are not named are let be: later versions have more. */
export const isObject =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));
