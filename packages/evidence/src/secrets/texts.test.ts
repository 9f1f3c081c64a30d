import { describe, expect, it } from "vitest";
import { findSecrets } from "./texts.ts";

/** Put together here so that no scanner takes the file for a leak. */
const githubToken = ["ghp", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].join("_");

describe("findSecrets", () => {
  it("finds a token by its shape and does not repeat it", async () => {
    const found = await findSecrets([
      { where: "history 3", text: `RUN curl -H "authorization: ${githubToken}" x` },
    ]);
    expect(found).toEqual([{ where: "history 3", rule: "github" }]);
    expect(JSON.stringify(found)).not.toContain(githubToken);
  });

  it.each([
    "DB_PASSWORD=hunter22",
    "API_KEY=abc-def",
    "MODEL_API_KEY=zzz",
    "token=q1w2e3r4t5",
    'ENV DB_PASSWORD="two words"',
    "RUN |2 NPM_TOKEN=abcdef VERSION=1 /bin/sh -c npm ci",
    "RUN mysqladmin --password=hunter22 ping",
  ])("finds a secret by the name of its variable: %s", async (text) => {
    expect(await findSecrets([{ where: "env", text }])).toEqual([{ where: "env", rule: "telling-name" }]);
  });

  it.each([
    "PATH=/usr/bin",
    "TOKEN_FILE=/run/secrets/token",
    "PASSWORD=",
    "NPM_CONFIG_TOKEN=$TOKEN",
    "SECRET_SCAN=true",
    "API_KEY_HEADER=x-api-key",
    "GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
    'RUN export TOKEN="$(cat /run/secrets/token)" && npm ci',
    "TOKEN=''",
  ])("leaves alone what is no secret: %s", async (text) => {
    expect(await findSecrets([{ where: "env", text }])).toEqual([]);
  });
});

it("says of a secret only where it is, even where a rule would quote it", async () => {
  const found = await findSecrets([{ where: "env DATABASE", text: "DATABASE=postgres://me:hunter22@db/x" }]);
  expect(found.length).toBeGreaterThan(0);
  expect(JSON.stringify(found)).not.toContain("hunter22");
});
