import { resolve } from "node:path";
import { type StoredImage, formatPlatform, parsePlatform, systemClock } from "@seaworthy/oci";
import {
  type Excuses,
  type Scanned,
  type Scanner,
  judge,
  originsOf,
  scanJson,
  scanMarkdown,
  scanSarif,
  scanTable,
  vulnerabilityResult,
} from "@seaworthy/evidence/vulnerabilities";
import { type ScanSettings, scan as schema } from "../config/scan-schema.ts";
import { CliError } from "../error.ts";
import { type TakeInventory, inventoriesOf } from "../machine/inventories.ts";
import type { Machine } from "../machine/machine.ts";
import { openScanner } from "../machine/open-scanner.ts";
import { type Project, dockerfileNameOf, openProject } from "./context.ts";
import { layerKnowledge } from "./layer-knowledge.ts";
import { type Subject, withSubject } from "./open-subject.ts";
import { readVex } from "./read-vex.ts";

export interface ScanFlags {
  readonly format: "table" | "json" | "sarif" | "markdown";
  readonly platform?: string;
  readonly failOn?: ScanSettings["failOn"]["severity"];
  readonly offline?: string;
  /** Beside the config's. */
  readonly vex: readonly string[];
  /** Also what passed; for SARIF what is not refused. */
  readonly all?: boolean;
  readonly config?: string;
}

export interface ScanResult {
  readonly project: Project;
  readonly text: string;
  readonly refused: boolean;
  readonly scans: readonly Scanned[];
  /** For people, where the text is for machines. */
  readonly lines: readonly string[];
}

/** Scans the platforms of an image, and judges each by the config's rules. */
export async function runScan(
  machine: Machine,
  reference: string,
  flags: ScanFlags,
  signal: AbortSignal,
): Promise<ScanResult> {
  const project = await openProject(machine, flags.config);
  const settings = settingsOf(machine, project, flags);
  const opening = { config: flags.config, signal };
  return withSubject(machine, project, reference, opening, (opened) =>
    scanAll(machine, { project, settings, opened, flags }, reference, signal),
  );
}

interface Asked {
  readonly project: Project;
  readonly settings: ScanSettings;
  readonly opened: Subject;
  readonly flags: ScanFlags;
}

async function scanAll(
  machine: Machine,
  { project, settings, opened, flags }: Asked,
  reference: string,
  signal: AbortSignal,
): Promise<ScanResult> {
  const images = select(opened.images, reference, flags);
  const scanner = await openScanner(machine, project.root, settings, opened.repository);
  const excuses = await excusesOf(machine, project, settings, flags);
  const { take } = inventoriesOf(machine);
  const scans: Scanned[] = [];
  for (const image of images) {
    scans.push(await scanOne({ project, settings, opened, scanner, excuses, take }, image, signal));
  }
  const rules = settings.failOn;
  const results = scans.map(({ report, judgement }) => vulnerabilityResult(report, judgement, rules));
  return {
    project,
    text: textOf(scans, project, flags),
    refused: scans.some(({ judgement }) => judgement.refused),
    scans,
    lines:
      flags.format === "table"
        ? []
        : results.map(({ name, status, found }) => `${name}: ${status}, ${found}`),
  };
}

function settingsOf({ cwd }: Machine, { config }: Project, { failOn, offline }: ScanFlags): ScanSettings {
  const settings = config.scan ?? schema.parse({});
  const { source: _, ...withoutSource } = settings;
  return {
    ...(offline === undefined ? settings : { ...withoutSource, offline: resolve(cwd, offline) }),
    failOn: { ...settings.failOn, ...(failOn === undefined ? {} : { severity: failOn }) },
  };
}

function select(
  images: readonly StoredImage[],
  reference: string,
  { platform }: ScanFlags,
): readonly StoredImage[] {
  if (platform === undefined) return images;
  const wanted = formatPlatform(parsePlatform(platform));
  const found = images.filter((image) => image.platform === wanted);
  if (found.length > 0) return found;
  const all = images.map((image) => image.platform).join(", ");
  throw new CliError("usage", `image ${reference}: expected ${wanted}, found ${all}`, {
    hint: "name one of these with --platform",
  });
}

interface Bench {
  readonly project: Project;
  readonly settings: ScanSettings;
  readonly opened: Subject;
  readonly scanner: Scanner;
  readonly excuses: Omit<Excuses, "image">;
  readonly take: TakeInventory;
}

async function scanOne(
  { project, settings, opened, scanner, excuses, take }: Bench,
  image: StoredImage,
  signal: AbortSignal,
): Promise<Scanned> {
  const inventory = await take(opened.repository, image, signal);
  const report = await scanner.scan({ image, inventory }, signal);
  const about = { digests: [opened.image.digest, image.manifest.digest], name: opened.name };
  const judgement = judge(report, settings.failOn, { ...excuses, image: about }, systemClock.now());
  const originOf = originsOf(image.config, await layerKnowledge(project, image.config));
  return { image: opened.name, report, judgement, originOf };
}

/** Files of the config stand beside it, those of flags where the command was given. */
async function excusesOf(
  { cwd }: Machine,
  { root }: Project,
  { exceptions, vex }: ScanSettings,
  flags: ScanFlags,
): Promise<Omit<Excuses, "image">> {
  const files = [...vex.map((file) => resolve(root, file)), ...flags.vex.map((file) => resolve(cwd, file))];
  return { exceptions, vex: await readVex(files) };
}

function textOf(scans: readonly Scanned[], project: Project, { format, all = false }: ScanFlags): string {
  switch (format) {
    case "table":
      return `${scans.map((scanned) => scanTable(scanned, { all })).join("\n\n")}\n`;
    case "json":
      return `${JSON.stringify(scanJson(scans), null, 2)}\n`;
    case "markdown":
      return scanMarkdown(scans);
    case "sarif": {
      const log = scanSarif(scans, { file: dockerfileNameOf(project), refusedOnly: !all });
      return `${JSON.stringify(log, null, 2)}\n`;
    }
  }
}
