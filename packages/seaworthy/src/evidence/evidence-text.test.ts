import type { CollectedEvidence, Collection } from "@seaworthy/evidence";
import { type Descriptor, MediaType, OciError, digestOf } from "@seaworthy/oci";
import { expect, it } from "vitest";
import { widthOf } from "../progress/text.ts";
import { decisionText } from "./decision-text.ts";
import { evidenceJson } from "./evidence-json.ts";
import { evidenceText } from "./evidence-text.ts";

const NOW = new Date("2026-06-15T12:00:00Z");
const KEY = { kind: "key", keyId: "SHA256:6OI5H0KqNF0gqhmyKF8/RV9IiAGvjV+8+z3TmQqQhxQ=" } as const;
const IDENTITY = {
  kind: "identity",
  identity: "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main",
  issuer: "https://token.actions.githubusercontent.com",
} as const;
const RECORD = "https://seaworthy.dev/release-record/v1";

const target = (text: string, architecture?: string): Descriptor => ({
  mediaType: MediaType.manifest,
  digest: digestOf(text),
  size: 1,
  ...(architecture === undefined ? {} : { platform: { os: "linux", architecture } }),
});
const image = target("index");
const amd64 = target("amd64", "amd64");
const arm64 = target("arm64", "arm64");
const REFERENCE = `registry.example/acme/app@${image.digest}`;

function about(
  subject: Descriptor,
  predicateType: string,
  more: Partial<CollectedEvidence>,
): CollectedEvidence {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [],
    predicateType,
    predicate: {},
  } as const;
  return {
    subject,
    manifest: target(predicateType),
    predicateType,
    statement,
    signature: { status: "unsigned" },
    ...more,
  };
}

const hoursAgo = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);

const COLLECTION: Collection = {
  image,
  subjects: [image, amd64, arm64],
  evidence: [
    about(image, RECORD, { time: { at: hoursAgo(0), from: "label" } }),
    about(image, "https://sigstore.dev/cosign/sign/v1", { signature: { status: "verified", by: KEY } }),
    about(amd64, "https://cyclonedx.org/bom", {
      signature: { status: "refused", claimed: IDENTITY, why: "expired" },
      time: { at: hoursAgo(50), from: "statement" },
    }),
    about(amd64, "https://example.org/reviewed/by/four/eyes/v1", { signature: { status: "unchecked" } }),
  ],
  others: [{ subject: amd64, referrer: { ...target("x"), artifactType: "application/spdx+json" } }],
  problems: [{ subject: arm64, problem: new OciError("too-large", "evidence sha256:1: \u001b[2Jtoo large") }],
};

it("shows a tree of digests and what is known of each, within the width", () => {
  const options = { now: NOW, keyNames: new Map([[KEY.keyId, "release.pub"]]) };
  const text = evidenceText(REFERENCE, COLLECTION, options, 80);
  expect(text.split("\n")).toEqual([
    "registry.example/acme/app",
    image.digest,
    "├─ signature                        ✓ key release.pub",
    "├─ release record                   ○ unsigned                              ~now",
    `├─ linux/amd64  ${amd64.digest.slice(7, 19)}`,
    "│  ├─ SBOM, CycloneDX               ✗ github.com/acme/app/.github/workf…  2 days",
    "│  ├─ example.org/reviewed/by/fou…  ? somebody",
    "│  └─ application/spdx+json           no statement",
    `└─ linux/arm64  ${arm64.digest.slice(7, 19)}`,
    "   └─ nothing",
    "! passed over evidence sha256:1: too large",
    "",
    "✓ signature verified   ✗ not verified   ? not checked: say --key or --policy",
    "○ unsigned   ~ a time nobody signed",
  ]);
  expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(80);
});

it("names keys by the beginning of their id where nobody named them", () => {
  const text = evidenceText(REFERENCE, COLLECTION, { now: NOW, keyNames: new Map() });
  expect(text).toContain("✓ key SHA256:6OI5H0KqNF0g");
});

it("shows an image without platforms and without evidence", () => {
  const nothing: Collection = { image, subjects: [image], evidence: [], others: [], problems: [] };
  expect(evidenceText(REFERENCE, nothing, { now: NOW, keyNames: new Map() })).toBe(
    `registry.example/acme/app\n${image.digest}\n└─ nothing`,
  );
});

it("gives the same as JSON, whole", () => {
  const { reference, subjects } = evidenceJson(REFERENCE, COLLECTION);
  expect(reference).toBe(REFERENCE);
  expect(subjects.map(({ platform }) => platform)).toEqual([undefined, "linux/amd64", "linux/arm64"]);
  expect(subjects[1]?.evidence[0]).toEqual({
    kind: "sbom",
    predicateType: "https://cyclonedx.org/bom",
    manifest: digestOf("https://cyclonedx.org/bom"),
    signature: { status: "refused", claimed: IDENTITY, why: "expired" },
    time: { at: hoursAgo(50).toISOString(), from: "statement" },
  });
  expect(subjects[1]?.others).toEqual([{ manifest: digestOf("x"), artifactType: "application/spdx+json" }]);
  expect(subjects[2]?.problems).toEqual([{ code: "too-large", message: expect.any(String) }]);
});

it("says of each requirement what was found, and of what is not met what to do", () => {
  const part = { requirement: "signature", expected: "key release.pub" };
  const text = decisionText([
    { ...part, subject: "image", status: "met", found: "signed by key release.pub" },
    { ...part, subject: "linux/amd64", status: "missing", found: "none", hint: "sign it" },
  ]);
  expect(text.split("\n")).toEqual([
    "   requirement  of                    found",
    "✓  signature    image        met      signed by key release.pub",
    "✗  signature    linux/amd64  missing  none",
    "signature of linux/amd64: missing, expected key release.pub",
    "  → sign it",
  ]);
});
