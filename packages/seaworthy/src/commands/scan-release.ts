import { resolve } from "node:path";
import type { Excuses, Judgement, Scanned, Scanner, ScanReport } from "@seaworthy/evidence/vulnerabilities";
import type { StoredImage } from "@seaworthy/oci";
import type { Examination, ExaminedSubject, Gate, GateResult, GateSubject } from "@seaworthy/release";
import type { ScanSettings } from "../config/scan-schema.ts";
import { inventoriesOf } from "../machine/inventories.ts";
import type { Machine } from "../machine/machine.ts";
import type { Project } from "./context.ts";

/** What a release does about vulnerabilities; nothing where the config does not say `scan`. */
export interface ScanParts {
  readonly examinations: readonly Examination[];
  readonly gates: readonly Gate[];
}

/** Told what every platform's scan came to, with the gate's answer, also where that refuses. */
export type ToldOfScans = (scans: readonly Scanned[]) => void | Promise<void>;

const TYPE = "https://in-toto.io/attestation/vulns/v0.2";

/** Scans every platform after its checks, and judges what is known of each before anything leaves. */
export function scanPartsOf(
  machine: Machine,
  project: Pick<Project, "root" | "config">,
  onScans: ToldOfScans = () => undefined,
): ScanParts {
  const settings = project.config.scan;
  if (settings === undefined) return { examinations: [], gates: [] };
  const scans = new Scans(machine, project, settings);
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
        async check(subject) {
          const judged = await scans.judge(subject);
          await onScans(judged.flatMap(({ scanned }) => scanned ?? []));
          return judged.map(({ result }) => result);
        },
      },
    ],
  };
}

interface Judged {
  readonly result: GateResult;
  /** Missing where no scan is known. */
  readonly scanned?: Scanned;
}

interface Done {
  readonly key: string;
  readonly report: ScanReport;
  readonly times: { readonly started: Date; readonly finished: Date };
}

/** What this run has found out, by digest. The code of scanners is loaded with the first question. */
class Scans {
  readonly #machine: Machine;
  readonly #project: Pick<Project, "root" | "config">;
  readonly #settings: ScanSettings;
  readonly #done = new Map<string, Promise<Done>>();

  constructor(machine: Machine, project: Pick<Project, "root" | "config">, settings: ScanSettings) {
    this.#machine = machine;
    this.#project = project;
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

  async judge(subject: GateSubject): Promise<readonly Judged[]> {
    const { readVex } = await import("./read-vex.ts");
    const { exceptions, vex } = this.#settings;
    const files = vex.map((file) => resolve(this.#project.root, file));
    const excuses = { exceptions, vex: await readVex(files) };
    const now = Date.now();
    return Promise.all(subject.images.map((image) => this.#judgeOne(subject, image, excuses, now)));
  }

  /** By the report of this run; where another runner has scanned the platform, by what it has filed. */
  async #judgeOne(
    { name, digest, evidence }: GateSubject,
    image: StoredImage,
    excuses: Omit<Excuses, "image">,
    now: number,
  ): Promise<Judged> {
    const vulnerabilities = await import("@seaworthy/evidence/vulnerabilities");
    const { judge, judgeEvidence, originsOf, vulnerabilityResult } = vulnerabilities;
    const { failOn: rules } = this.#settings;
    const told = async (report: ScanReport, judgement: Judgement): Promise<Scanned> => {
      const { layerKnowledge } = await import("./layer-knowledge.ts");
      const originOf = originsOf(image.config, await layerKnowledge(this.#project, image.config));
      return { image: name, report, judgement, originOf };
    };
    const done = await this.#done.get(image.manifest.digest);
    if (done === undefined) {
      const known = { name, digest, images: [image], evidence };
      const { result, scan } = judgeEvidence(known, rules, excuses, now)[0]!;
      return scan === undefined ? { result } : { result, scanned: await told(scan.report, scan.judgement) };
    }
    const { report } = done;
    const about = { digests: [digest, image.manifest.digest], name };
    const judgement = judge(report, rules, { ...excuses, image: about }, now);
    return { result: vulnerabilityResult(report, judgement, rules), scanned: await told(report, judgement) };
  }

  #scan(subject: ExaminedSubject, signal: AbortSignal): Promise<Done> {
    const { digest } = subject.target;
    const known = this.#done.get(digest) ?? this.#scanNow(subject, signal);
    this.#done.set(digest, known);
    return known;
  }

  async #scanNow({ image, store }: ExaminedSubject, signal: AbortSignal): Promise<Done> {
    const { scanKey } = await import("@seaworthy/evidence/vulnerabilities");
    const { openScanner } = await import("../machine/open-scanner.ts");
    if (image === undefined) throw new TypeError("a scan is about a platform");
    const started = new Date();
    const inventory = await inventoriesOf(this.#machine).take(store, image, signal);
    const scanner: Scanner = await openScanner(this.#machine, this.#project.root, this.#settings, store);
    const report = await scanner.scan({ image, inventory }, signal);
    return { key: scanKey(inventory, report), report, times: { started, finished: new Date() } };
  }
}
