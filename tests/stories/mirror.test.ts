import { copyFileSync, existsSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seaworthy } from "../support/cli.ts";
import { makeProject } from "../support/project.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NAME = "gcr.io/distroless/nodejs24-debian13:nonroot";

/** A mirror that answers everything with the same wrong bytes. */
describe("a Debian mirror that lies", () => {
  let server: Server;
  let config: string;

  beforeAll(async () => {
    server = createServer((_, response) =>
      response.end("-----BEGIN PGP SIGNED MESSAGE-----\nnot what was signed\n"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const mirror = JSON.stringify([`http://127.0.0.1:${(server.address() as AddressInfo).port}/debian`]);
    config = `import { runtime } from ${JSON.stringify(join(ROOT, "seaworthy.bases.ts"))};
export default {
  bases: { ${JSON.stringify(NAME)}: runtime },
  mirrors: { debian: ${mirror}, debianSecurity: ${mirror}, npm: ${mirror} },
};
`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("is refused by refresh where its release file is not what Debian signed, and the lock stays", async () => {
    using project = makeProject({ "seaworthy.config.ts": config, Dockerfile: `FROM ${NAME}\n` });
    const { code, stderr } = await seaworthy(["refresh"], { cwd: project.dir, env: project.env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/InRelease/);
    expect(existsSync(join(project.dir, "bases.lock.json"))).toBe(false);
  });

  it("is refused by build where a package is not what the lock says, with what was found and expected", async () => {
    using project = makeProject({ "seaworthy.config.ts": config, Dockerfile: `FROM ${NAME}\n` });
    copyFileSync(join(ROOT, "bases.lock.json"), join(project.dir, "bases.lock.json"));
    const { code, stdout, stderr } = await seaworthy(["build", "."], { cwd: project.dir, env: project.env });
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/127\.0\.0\.1.*(?:expected|found)/s);
    expect(stderr).toMatch(/error: .*\.(?:deb|tgz)/);
  });
});

describe("assembled bases without a lock", () => {
  it("name the command that makes one", async () => {
    using project = makeProject({
      "seaworthy.config.ts": `import { runtime } from ${JSON.stringify(join(ROOT, "seaworthy.bases.ts"))};\nexport default { bases: { ${JSON.stringify(NAME)}: runtime } };\n`,
      Dockerfile: `FROM ${NAME}\n`,
    });
    const { code, stderr } = await seaworthy(["build", "."], { cwd: project.dir, env: project.env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/bases\.lock\.json: not there\n {2}→ run "seaworthy refresh"/);
  });
});
