import { join } from "node:path";
import { openLayout } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { putIndex } from "../../packages/evidence/test/stored.ts";
import { seaworthy } from "../support/cli.ts";
import { makeProject } from "../support/project.ts";

describe("an image that has to be signed", () => {
  it("is refused with 3, signed, shown and let through by digest", async () => {
    using project = makeProject({ "seaworthy.policy.json": '{"signedBy":[{"key":"cosign.pub"}]}' });
    const env = { ...project.env, COSIGN_PASSWORD: "secret" };
    const run = (...args: readonly string[]) => seaworthy(args, { cwd: project.dir, env });
    const layout = await openLayout(join(project.dir, ".seaworthy", "store"));
    const { index } = await putIndex(layout.repository("acme/app"));
    await layout.repository("acme/app").tag(index, "v1");
    const reference = `127.0.0.1:5000/acme/app@${index.digest}`;

    expect(await run("generate-key")).toMatchObject({ code: 0, stdout: "cosign.pub\n" });
    const refused = await run("verify", "acme/app:v1");
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toContain("signature of linux/arm64: missing, expected key cosign.pub");
    expect(refused.stderr).toContain(`refused: ${reference}`);

    expect(await run("sign", "acme/app:v1", "--key", "cosign.key")).toMatchObject({
      code: 0,
      stdout: `${reference}\n`,
    });
    const shown = await run("evidence", "acme/app:v1", "--key", "cosign.pub");
    expect(shown.stdout).toMatch(/^127\.0\.0\.1:5000\/acme\/app\nsha256:.*\n├─ signature +✓ key cosign\.pub/);
    expect(await run("verify", "acme/app:v1")).toMatchObject({ code: 0, stdout: `${reference}\n` });
  });
});
