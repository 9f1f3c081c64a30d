import { readFileSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { openLayout } from "@seaworthy/oci";
import { serveRegistry } from "@seaworthy/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Deployable, freePort, makeDeployable } from "../support/deployable.ts";

describe("an environment whose images come from a registry elsewhere", () => {
  let server: Awaited<ReturnType<typeof serveRegistry>>;
  let app: Deployable;
  beforeEach(async () => {
    app = await makeDeployable();
    const store = await openLayout(join(app.project.dir, "..", "far"));
    server = await serveRegistry({ store, uploads: join(app.project.dir, "..", "uploads") });
    const config = `import given from "./given.ts"; export default { ...given, image: "127.0.0.1:${server.port}/acme/web" };\n`;
    app.project.write("given.ts", readFileSync(join(app.project.dir, "seaworthy.config.ts"), "utf8"));
    app.project.write("seaworthy.config.ts", config);
  });
  afterEach(async () => {
    await app.end();
    await server.close();
    app[Symbol.dispose]();
  });

  it("P7: rolls back while the registry is down, and what runs keeps running", async () => {
    app.commit("one");
    expect(await app.run("release", "--to", "local")).toMatchObject({ code: 0 });
    app.commit("two");
    expect(await app.run("release", "--to", "local")).toMatchObject({ code: 0 });
    await server.close();
    expect(await app.serving()).toBe("two");
    const back = await app.run("rollback", "local");
    expect(back.stderr).toContain("not recorded on");
    expect(back.code).toBe(0);
    expect(await app.serving()).toBe("one");
  }, 180_000);
});

describe("promotion", () => {
  it("takes the same digest on, refused while its signature is missing, and only what runs well", async () => {
    const port = await freePort();
    const production = `production: { local: { publish: { web: ${port} } }, policy: "production.policy.json" },`;
    using app = await makeDeployable({ environments: production, env: { COSIGN_PASSWORD: "secret" } });
    app.project.write("production.policy.json", '{"signedBy":[{"key":"cosign.pub"}]}');
    try {
      const nothing = await app.run("promote", "local", "production");
      expect(nothing).toMatchObject({ code: 2, stdout: "" });
      await app.run("generate-key");
      app.commit("one");
      const released = await app.run("release", "--to", "local");

      const refused = await app.run("promote", "local", "production");
      expect(refused).toMatchObject({ code: 3, stdout: "" });
      expect(refused.stderr).toContain("may not go to http://127.0.0.1:");
      expect(refused.stderr).toContain("signature of image: found none, expected key cosign.pub");
      expect((await app.run("status", "production")).stdout).toContain("nothing was deployed there");

      await app.run("sign", released.stdout.trim(), "--key", "cosign.key");
      expect(await app.run("promote", "local", "production")).toMatchObject({
        code: 0,
        stdout: released.stdout,
      });
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("one");
      expect(await app.serving()).toBe("one");

      await app.run("stop", "local");
      const ill = await app.run("promote", "local", "production");
      expect(ill).toMatchObject({ code: 3 });
      expect(ill.stderr).toContain("only what runs well is promoted\n  web: stopped");
    } finally {
      await app.run("stop", "production");
      await app.end();
    }
  }, 180_000);
});

describe("retention beside deployments", () => {
  it("P6: deploy, deploy, roll back, clean, roll back again", async () => {
    const retention = `retention: { newest: 1, rollbacks: 1, untagged: "1h", rules: [{ tags: "*", for: "1d" }] },`;
    using app = await makeDeployable({ config: retention });
    try {
      for (const version of ["one", "two", "three"]) {
        app.commit(version);
        expect(await app.run("release", "--to", "local")).toMatchObject({ code: 0 });
      }
      await app.run("rollback", "local");
      expect(await app.serving()).toBe("two");
      const blobs = join(app.project.dir, ".seaworthy/store/blobs/sha256");
      const before = Date.now() / 1000 - 10 * 86_400;
      for (const name of readdirSync(blobs)) utimesSync(join(blobs, name), before, before);

      const cleaned = await app.run("clean", "--apply");
      expect(cleaned.stdout).toMatch(/deployed in local|runs in local|known to local/);
      expect(cleaned.stderr).toMatch(/deleted \d+ manifests/);
      expect(cleaned.code).toBe(0);
      expect(await app.serving()).toBe("two");

      expect(await app.run("rollback", "local")).toMatchObject({ code: 0 });
      expect(await app.serving()).toBe("three");
    } finally {
      await app.end();
    }
  }, 180_000);
});
