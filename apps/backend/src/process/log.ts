import { pino, type DestinationStream, type Logger } from "pino";

interface LogOptions {
  readonly service: string;
  readonly version: string;
  readonly level: string;
}

/** Where a secret could hide if somebody logs a whole request; pino replaces these before writing. */
const redacted = ["authorization", "cookie", '["x-api-key"]', "apiKey", "key", "keys", "token"].flatMap(
  (name) => {
    const child = (parent: string) => (name.startsWith("[") ? `${parent}${name}` : `${parent}.${name}`);
    return [name, child("headers"), child("*"), child("*.headers"), child("settings")];
  },
);

/** JSON lines, one per event. The caller picks where they go. */
export function createLog({ service, version, level }: LogOptions, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { service, version },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redacted, censor: "[redacted]" },
    },
    destination,
  );
}
