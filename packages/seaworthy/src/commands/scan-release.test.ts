import { fileURLToPath } from "node:url";
import { type Repository, memoryStore } from "@seaworthy/oci";
import { readPredicate } from "@seaworthy/evidence/vulnerabilities";
import { statementAbout } from "@seaworthy/evidence";
import { describe, expect, it } from "vitest";
import { file, imageOf } from "../../../evidence/test/image.ts";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { schema } from "../config/schema.ts";
import { scanPartsOf } from "./scan-release.ts";

const { signal } = new AbortController();
const OSV = fileURLToPath(new URL("../../../evidence/test/osv", import.meta.url));
const TYPE = "https://in-toto.io/attestation/vulns/v0.2";
const lodash = (version: string) =>
  file("app/node_modules/lodash/package.json", JSON.stringify({ name: "lodash", version }));

function parts({ machine, dir }: TestMachine, scan: object = {}) {
  const settings = { offline: OSV, maxAge: "100000d", ...scan };
  const { examinations, gates } = scanPartsOf(machine, {
    root: dir,
    config: schema.parse({ scan: settings }),
  });
  return { examination: examinations[0]!, gate: gates[0]! };
}

async function subjectOf(store: Repository, version: string) {
  const image = await imageOf(store, [[lodash(version)]]);
  const about = { name: "ghcr.io/acme/web", version: "1", digest: "sha256:0", source: { dirty: false } };
  return {
    target: { target: image.manifest, image, store },
    gated: { ...about, images: [image], evidence: [] },
  };
}

describe("a release that scans", () => {
  it("does nothing where the config does not say so", () => {
    using made = testMachine();
    expect(scanPartsOf(made.machine, { root: made.dir, config: schema.parse({}) })).toEqual({
      examinations: [],
      gates: [],
    });
  });

  it("files what it found, and refuses it", async () => {
    using made = testMachine();
    const { examination, gate } = parts(made);
    const { target, gated } = await subjectOf(memoryStore(), "4.17.10");
    const key = await examination.key(target, signal);
    const [filed] = await examination.examine(target, signal);
    expect(filed?.predicateType).toBe(TYPE);
    expect(readPredicate(filed?.predicate, "x").findings.map(({ id }) => id)).toEqual([
      "CVE-2019-10744",
      "CVE-2021-23337",
    ]);
    expect(await gate.check(gated, signal)).toEqual([
      expect.objectContaining({
        name: "vulnerabilities linux/amd64",
        status: "refused",
        found: "1 critical, 1 high",
      }),
    ]);
    expect(await parts(made).examination.key(target, signal)).toBe(key);
  });

  it("lets through an image without findings", async () => {
    using made = testMachine();
    const { examination, gate } = parts(made);
    const { target, gated } = await subjectOf(memoryStore(), "4.17.21");
    await examination.key(target, signal);
    expect(await gate.check(gated, signal)).toMatchObject([{ status: "passed", found: "none" }]);
  });

  it("judges what another runner has scanned by what it filed", async () => {
    using made = testMachine();
    const { target, gated } = await subjectOf(memoryStore(), "4.17.10");
    const [filed] = await parts(made).examination.examine(target, signal);
    const statement = statementAbout(target.target, {
      name: "x",
      predicateType: TYPE,
      predicate: filed?.predicate,
    });
    const { gate } = parts(made);
    expect(await gate.check({ ...gated, evidence: [statement] }, signal)).toMatchObject([
      { status: "refused", found: "1 critical, 1 high" },
    ]);
    expect(await gate.check(gated, signal)).toMatchObject([
      { status: "refused", found: "no scan of it is known" },
    ]);
  });

  it("refuses with the reason where nobody could look, and files nothing", async () => {
    using made = testMachine();
    const { examination, gate } = parts(made, { offline: made.dir });
    const { target, gated } = await subjectOf(memoryStore(), "4.17.21");
    expect(await examination.examine(target, signal)).toEqual([]);
    expect(await gate.check(gated, signal)).toMatchObject([
      { status: "refused", found: expect.stringMatching(/has no advisories of npm/) },
    ]);
  });
});
