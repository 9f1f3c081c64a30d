/**
 * JSON that holds secrets. The readers of `document/json.ts` quote what they found, which here must not be.
 * @returns undefined where the text is no JSON object
 */
export function parseSecretFields(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return secretFields(JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

export function secretFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}

/** The text under a name; undefined where it is missing, empty or of another kind. */
export function secretText(fields: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
