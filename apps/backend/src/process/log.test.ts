import { expect, it } from "vitest";

import { createLog } from "./log.ts";
import { Secret } from "./secret.ts";

it("replaces keys wherever a request or a setting is logged as a whole", () => {
  const lines: string[] = [];
  const log = createLog(
    { service: "s", version: "1", level: "info" },
    { write: (line) => void lines.push(line) },
  );
  const headers = {
    authorization: "Bearer hunter2",
    "x-api-key": "hunter2",
    cookie: "hunter2",
    accept: "*/*",
  };
  log.info({ headers });
  log.info({ req: { headers } });
  log.info({ request: headers });
  log.info({ settings: { apiKey: "hunter2", nested: 1 } });
  log.info({ apiKey: new Secret("hunter2"), any: new Secret("hunter2") });
  expect(lines).toHaveLength(5);
  expect(lines.join("")).not.toContain("hunter2");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    service: "s",
    version: "1",
    level: "info",
    headers: { accept: "*/*" },
  });
});
