import { hostPlatform } from "@seaworthy/oci";
import { afterAll, describe, expect, it } from "vitest";
import { CASES, type Case } from "../../test/cases.ts";
import { buildCase } from "../../test/compare.ts";
import { openShell } from "../../test/workbench.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());

const refused = ({ fails, differs }: Case): boolean => fails === true || differs?.refuses === true;
const rows = (wanted: boolean): (readonly [string, Case])[] =>
  CASES.filter((test) => refused(test) === wanted).map((test) => [test.name, test]);

/** tests/peers builds the same table with BuildKit, so what is recorded here is what Docker does. */
describe("the Dockerfile language", () => {
  it.each(rows(false))("has %s", async (_, test) => {
    const outcome = await buildCase(test, shell);
    const text = JSON.stringify(outcome, null, 2).replaceAll(hostPlatform().architecture, "ARCHITECTURE");
    expect(text).toMatchSnapshot("image");
  });

  it.each(rows(true))("refuses %s", async (_, test) => {
    const failure = await buildCase(test, shell).then(
      () => "nothing failed",
      (error: unknown) => String(error),
    );
    expect(failure).toMatchSnapshot("error");
  });
});
