import { resolve } from "node:path";
import type { Scanner, ScanReport } from "@seaworthy/evidence/vulnerabilities";
import type { Examination, ExaminedSubject, Gate, GateResult, GateSubject } from "@seaworthy/release";
import type { ScanSettings } from "../config/scan-schema.ts";
import type { Machine } from "../machine/machine.ts";
import type { Project } from "./context.ts";

/** What a release does about vulnerabilities; nothing where the config does not say `scan`. */
export interface ScanParts {
  readonly examinations: readonly Examination[];
  readonly gates: readonly Gate[];
}

const TYPE = "https://in-toto.io/attestation/vulns/v0.2";

/** Scans every platform after its checks, and judges what is known of each before anything leaves. */
export function scanPartsOf(machine: Machine, project: Pick<Project, "root" | "config">): ScanParts {
  const settings = project.config.scan;
  if (settings === undefined) return { examinations: [], gates: [] };
  const scans = new Scans(machine, project.root, settings);
  return {
    examinations: [
      {
        name: "scan",
        about: "platforms",
        types: [TYPE],
        key: (subject, signal) => scans.key(subject, signal),
        examine: (subject, signal) => scans.examine(subject, signal),
      },
    ],
    gates: [
      {
        name: "vulnerabilities",
        allowed: "none that scan.failOn refuses",
        check: (subject) => scans.judge(subject),
      },
    ],
  };
}

interface Done {
  readonly key: string;
  readonly report: ScanReport;
  readonly times: { readonly started: Date; readonly finished: Date };
}

/** What this run has found out, by digest. The code of scanners is loaded with the first question. */
class Scans {
  readonly #machine: Machine;
  readonly #root: string;
  readonly #settings: ScanSettings;
  readonly #done = new Map<string, Promise<Done>>();

  constructor(machine: Machine, root: string, settings: ScanSettings) {
    this.#machine = machine;
    this.#root = root;
    this.#settings = settings;
  }

  /** Matching takes less time than it would take to know that it need not be done: so it is what the key is made from. */
  async key(subject: ExaminedSubject, signal: AbortSignal): Promise<string> {
    return (await this.#scan(subject, signal)).key;
  }

  /** Nothing to file where the scanner was blind: the gate says why. */
  async examine(subject: ExaminedSubject, signal: AbortSignal): ReturnType<Examination["examine"]> {
    const { vulnerabilityPredicate } = await import("@seaworthy/evidence/vulnerabilities");
    const { report, times } = await this.#scan(subject, signal);
    const predicate = vulnerabilityPredicate(report, times);
    return predicate === undefined ? [] : [{ predicateType: TYPE, predicate }];
  }

  /** By the reports of this run; of platforms that another runner has scanned, by what it has filed. */
  async judge({ name, digest, images, evidence }: GateSubject): Promise<readonly GateResult[]> {
    const { judge, judgeEvidence, vulnerabilityResult } = await import("@seaworthy/evidence/vulnerabilities");
    const { readVex } = await import("./read-vex.ts");
    const { exceptions, failOn: rules, vex } = this.#settings;
    const excuses = { exceptions, vex: await readVex(vex.map((file) => resolve(this.#root, file))) };
    const now = Date.now();
    const results: GateResult[] = [];
    for (const image of images) {
      const done = await this.#done.get(image.manifest.digest);
      if (done === undefined) {
        results.push(...judgeEvidence({ name, digest, images: [image], evidence }, rules, excuses, now));
        continue;
      }
      const about = { digests: [digest, image.manifest.digest], name };
      const judgement = judge(done.report, rules, { ...excuses, image: about }, now);
      results.push(vulnerabilityResult(done.report, judgement, rules));
    }
    return results;
  }

  #scan(subject: ExaminedSubject, signal: AbortSignal): Promise<Done> {
    const { digest } = subject.target;
    const known = this.#done.get(digest) ?? this.#scanNow(subject, signal);
    this.#done.set(digest, known);
    return known;
  }

  async #scanNow({ image, store }: ExaminedSubject, signal: AbortSignal): Promise<Done> {
    const { scanKey } = await import("@seaworthy/evidence/vulnerabilities");
    const { inventoriesOf } = await import("../machine/inventories.ts");
    const { openScanner } = await import("../machine/open-scanner.ts");
    if (image === undefined) throw new TypeError("a scan is about a platform");
    const started = new Date();
    const inventory = await inventoriesOf(this.#machine)(store, image, signal);
    const scanner: Scanner = await openScanner(this.#machine, this.#root, this.#settings, store);
    const report = await scanner.scan({ image, inventory }, signal);
    return { key: scanKey(inventory, report), report, times: { started, finished: new Date() } };
  }
}
