import { get } from "node:http";

/** Asks the service in this container for /health; exits 0 when it answers 200, else 1 with the reason. */
const port = process.env["PORT"] || "8000";
const timeout = 3_000;

function fail(reason: string): void {
  process.stderr.write(`unhealthy: ${reason}\n`);
  process.exit(1);
}

const request = get({ host: "127.0.0.1", port, path: "/health", timeout, agent: false }, (response) => {
  if (response.statusCode === 200) process.exit(0);
  fail(`/health answered ${response.statusCode}`);
});
request.on("timeout", () => fail(`no answer within ${timeout} ms`));
request.on("error", (error) => fail(error.message));
