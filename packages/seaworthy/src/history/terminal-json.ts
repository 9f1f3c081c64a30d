/**
 * JSON that no terminal takes for more than text: `JSON.stringify` leaves DEL, the control characters above it and what
 * turns the direction of writing as they are. They stand in strings only, where `\u` means the same.
 */
export function terminalJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
