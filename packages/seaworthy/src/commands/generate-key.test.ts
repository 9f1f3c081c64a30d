import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { testMachine } from "../../test/machine.ts";
import { storeImage } from "../../test/stored-image.ts";
import { runGenerateKey } from "./generate-key.ts";
import { runSign } from "./sign.ts";

const { signal } = new AbortController();

it("makes a key that signs with its password, and leaves files alone that are there", async () => {
  using made = testMachine({ env: { COSIGN_PASSWORD: "secret" } });
  const { machine, dir } = made;
  await runGenerateKey(machine, "cosign", signal);
  expect((await stat(join(dir, "cosign.key"))).mode & 0o777).toBe(0o600);
  await storeImage(dir);
  const { lines } = await runSign(machine, "acme/app:v1", { key: "cosign.key" }, signal);
  expect(lines[0]).toMatch(/signed with key/);
  const wrong = { ...machine, env: { SEAWORTHY_KEY_PASSWORD: "other" } };
  await expect(runSign(wrong, "acme/app:v1", { key: "cosign.key" }, signal)).rejects.toMatchObject({
    code: "wrong-password",
  });
  const before = await readFile(join(dir, "cosign.key"), "utf8");
  await expect(runGenerateKey(machine, "cosign", signal)).rejects.toMatchObject({
    code: "usage",
    message: "cosign.key: is there already",
  });
  expect(await readFile(join(dir, "cosign.key"), "utf8")).toBe(before);
});

it("asks for no password where there is nobody to ask", async () => {
  using made = testMachine();
  await expect(runGenerateKey(made.machine, "cosign", signal)).rejects.toMatchObject({
    code: "usage",
    hint: "set COSIGN_PASSWORD",
  });
});
