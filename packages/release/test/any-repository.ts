import { type Digest, hexOf } from "@seaworthy/oci";
import * as fc from "fast-check";
import type { Deployed } from "../src/retention/needed.ts";
import type { Wishes } from "../src/retention/plan.ts";
import { DEFAULT_RULES, type RetentionPolicy } from "../src/retention/policy.ts";
import { MemoryShelf } from "./memory-shelf.ts";

export const DAY = 86_400_000;
export const NOW = Date.parse("2026-11-25T00:00:00Z");

/** A repository as years of tools leave it, what is deployed of it, and what somebody wants to keep. */
export interface AnyRepository {
  readonly digests: readonly Digest[];
  readonly wishes: Wishes;
  /** A fresh one each time. */
  readonly open: () => MemoryShelf;
}

const NAMES = [
  "v1.2.3",
  "1.2",
  "latest",
  "main",
  "main-4b35282",
  "main-1a2b3c4",
  "pr-7",
  "feature",
  "nightly",
];
const SUFFIXES = ["", ".sig", ".att", ".sbom"];
const ENVIRONMENTS = ["staging", "production"];

const digestAt = (at: number): Digest => `sha256:${at.toString(16).padStart(64, "0")}` as Digest;

/** Points at what came before it, so that there is no circle but by tags; a size that is small keeps runs many. */
const node = fc.record({
  /** Of earlier ones, as shares: nested indexes, shared children, buildx's attestation children. */
  children: fc.array(fc.nat(1000), { maxLength: 3 }),
  subject: fc.option(fc.nat(1000), { freq: 2, nil: undefined }),
  contents: fc.array(fc.nat(5), { maxLength: 2 }),
  age: fc.option(fc.nat(90), { freq: 6, nil: undefined }),

  /** 0: named and not there. */
  missing: fc.nat(9),
});

const policy: fc.Arbitrary<RetentionPolicy> = fc.record({
  newest: fc.nat(3),
  rollbacks: fc.integer({ min: 1, max: 3 }),
  untagged: fc.integer({ min: 1, max: 40 }).map((days) => days * DAY),
  rules: fc.oneof(
    fc.constant(DEFAULT_RULES),
    fc.constant([]),
    fc.array(
      fc.record({
        tags: fc.subarray(["<version>", "*-<sha>", "pr-*", "*", "latest"], { minLength: 1 }),
        for: fc.oneof(
          fc.constant("ever" as const),
          fc.nat(60).map((days) => days * DAY),
        ),
        newest: fc.nat(2),
      }),
      { maxLength: 3 },
    ),
  ),
});

export const anyRepository: fc.Arbitrary<AnyRepository> = fc
  .record({
    nodes: fc.array(node, { minLength: 1, maxLength: 14 }),
    names: fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.nat(1000)), { maxLength: 7 }),
    /** Which tag of which subject stands at which manifest: lists of referrers, cosign's signatures, nonsense. */
    attachments: fc.array(fc.tuple(fc.nat(1000), fc.constantFrom(...SUFFIXES), fc.nat(1000)), {
      maxLength: 4,
    }),
    deployments: fc.array(
      fc.record({
        node: fc.nat(1000),
        environment: fc.constantFrom(...ENVIRONMENTS),
        day: fc.nat(60),
        outcome: fc.constantFrom("healthy" as const, "healthy" as const, "failed" as const),
      }),
      { maxLength: 6 },
    ),
    protect: fc.array(fc.nat(1000), { maxLength: 2 }),
    policy,
  })
  .map(({ nodes, names, attachments, deployments, protect, policy: kept }) => {
    const digests = nodes.map((_, at) => digestAt(at));
    const pick = (share: number): Digest => digests[share % digests.length]!;
    const deployed: readonly Deployed[] = deployments.map(({ node: share, environment, day, outcome }) => ({
      digest: pick(share),
      deployment: {
        environment,
        outcome,
        at: new Date(NOW - day * DAY).toISOString().replace(".000Z", "Z"),
        target: { kind: "test", where: "here" },
        version: "1",
        by: "deploy",
        who: "test",
      },
    }));
    const open = (): MemoryShelf => {
      const shelf = new MemoryShelf();
      for (const [at, { children, subject, contents, age, missing }] of nodes.entries()) {
        if (missing === 0) continue;
        const earlier = at === 0 ? [] : [...new Set(children.map((share) => digestAt(share % at)))];
        shelf.manifests.set(digestAt(at), {
          size: 100 + at,
          children: earlier,
          contents: contents.map((content) => ({ digest: digestAt(1000 + content), size: 1_000_000 })),
          ...(subject === undefined || at === 0 ? {} : { subject: digestAt(subject % at) }),
        });
        if (age !== undefined) shelf.times.set(digestAt(at), NOW - age * DAY);
      }
      for (const [name, share] of names) shelf.tags.set(name, pick(share));
      for (const [of, suffix, share] of attachments)
        shelf.tags.set(`sha256-${hexOf(pick(of))}${suffix}`, pick(share));
      return shelf;
    };
    const wishes = {
      policy: kept,
      deployed,
      protect: new Map(protect.map((share) => [pick(share), ["asked"]])),
      now: NOW,
    };
    return { digests, wishes, open };
  });
