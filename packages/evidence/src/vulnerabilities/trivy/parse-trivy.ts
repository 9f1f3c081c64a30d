import type { PackageType } from "../../inventory/package.ts";
import { worst } from "../cvss.ts";
import { type Finding, affectedPackage } from "../finding.ts";
import { Foreign } from "../foreign.ts";
import type { ScanProblem, ScanSubject } from "../scanner.ts";
import { severityNamed, severityOf } from "../severity.ts";

export interface TrivyReport {
  readonly findings: readonly Finding[];
  readonly problems: readonly ScanProblem[];
}

/**
 * The JSON that Trivy writes of an image (SchemaVersion 2).
 * @throws EvidenceError `scanner-failed` where it is of another shape
 */
export function parseTrivy(json: string, subject: ScanSubject): TrivyReport {
  const report = Foreign.parse(json, { code: "scanner-failed", what: "trivy's report" });
  const version = report.field("SchemaVersion");
  if (version.raw !== 2) throw version.wrong("2");
  const results = report.field("Results").list();
  const classes = results.map((result) => result.field("Class").text());
  return {
    findings: results.flatMap((result) =>
      result
        .field("Vulnerabilities")
        .list()
        .map((found) => parseFinding(found, result, subject)),
    ),
    problems: [...unwatched(classes, subject), ...outdated(report)],
  };
}

const OF_DISTRIBUTIONS: readonly PackageType[] = ["deb", "apk", "rpm"];

/** Trivy says nothing of what it does not know: no result is not an empty one. */
function unwatched(classes: readonly string[], { inventory }: ScanSubject): readonly ScanProblem[] {
  const { packages, distro } = inventory;
  const ofDistro = packages.some(({ type }) => OF_DISTRIBUTIONS.includes(type));
  const ofLanguages = packages.some(({ type }) => ![...OF_DISTRIBUTIONS, "generic"].includes(type));
  const name =
    distro === undefined ? "an unknown distribution" : `${distro.id} ${distro.version ?? ""}`.trim();
  const missing = [
    ...(ofDistro && !classes.includes("os-pkgs") ? [`packages of ${name}`] : []),
    ...(ofLanguages && !classes.includes("lang-pkgs") ? ["packages of languages"] : []),
  ];
  return missing.map((what) => ({ kind: "blind", message: `trivy looked at no ${what}` }));
}

function outdated(report: Foreign): readonly ScanProblem[] {
  const system = report.field("Metadata").optional((metadata) => metadata.field("OS"));
  const over = system?.optional((fields) => fields.field("EOSL").raw) === true;
  return over ? [{ kind: "note", message: "the distribution gets no security updates any more" }] : [];
}

function parseFinding(found: Foreign, result: Foreign, subject: ScanSubject): Finding {
  const id = found.field("VulnerabilityID").text();
  const fixedIn = found.field("FixedVersion").optional((text) => text.text());
  const published = found.field("PublishedDate").optional((time) => time.time());
  return {
    id,
    aliases: found
      .field("VendorIDs")
      .list()
      .map((alias) => alias.text())
      .toSorted(),
    package: packageFrom(found, result, subject),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    ...ratingOf(found),
    ...(published === undefined ? {} : { published }),
    summary: summaryOf(found),
    url:
      found.field("PrimaryURL").optional((url) => url.text()) ??
      `https://osv.dev/vulnerability/${encodeURIComponent(id)}`,
    remarks: [],
  };
}

/** What a distribution says goes before a score; a score that says otherwise would only confuse. */
function ratingOf(found: Foreign): Pick<Finding, "severity" | "score" | "vector"> {
  const severity = severityNamed(found.field("Severity").text());
  const vectors = found
    .field("CVSS")
    .entries()
    .flatMap(([, scores]) =>
      ["V3Vector", "V40Vector"].flatMap(
        (name) => scores.field(name).optional((vector) => vector.text()) ?? [],
      ),
    );
  const rating = worst(vectors);
  return rating !== undefined && severityOf(rating.score) === severity
    ? { severity, ...rating }
    : { severity };
}

function summaryOf(found: Foreign): string {
  const [title, description] = ["Title", "Description"].map((name) => found.field(name).raw);
  const text = typeof title === "string" && title !== "" ? title : description;
  return typeof text === "string" ? (text.trim().split("\n", 1)[0] ?? "").slice(0, 300) : "";
}

/** As the inventory knows it; where it does not, as Trivy says, with the layer of its diff id. */
function packageFrom(found: Foreign, result: Foreign, { inventory, image }: ScanSubject): Finding["package"] {
  const name = found.field("PkgName").text();
  const version = found.field("InstalledVersion").text();
  const purl = found
    .field("PkgIdentifier")
    .optional((id) => id.field("PURL").optional((text) => text.text()));
  const type = typeOf(purl, result.field("Type").text());
  const known = inventory.packages.find(
    (one) => one.type === type && one.name === name && one.version === version,
  );
  if (known !== undefined) return affectedPackage(known);
  const diffId = found.field("Layer").optional((layer) => layer.field("DiffID").raw);
  const path = found.field("PkgPath").optional((text) => text.text());
  return {
    type,
    name,
    version,
    purl: purl ?? `pkg:${type}/${encodeURIComponent(name)}@${encodeURIComponent(version)}`,
    path: path ?? result.field("Target").text(),
    layer: image.config.rootfs.diff_ids.findIndex((id) => id === diffId),
  };
}

const TYPES: readonly PackageType[] = ["deb", "apk", "rpm", "npm", "pypi", "golang", "cargo", "maven", "gem"];

/** Trivy's own names are many; package URLs have few. */
function typeOf(purl: string | undefined, trivy: string): PackageType {
  const type = /^pkg:([a-z]+)\//.exec(purl ?? "")?.[1];
  const named = TYPES.find((known) => known === type);
  return named ?? OF_TRIVY[trivy] ?? "generic";
}

const OF_TRIVY: Readonly<Record<string, PackageType>> = {
  debian: "deb",
  ubuntu: "deb",
  alpine: "apk",
  wolfi: "apk",
  "node-pkg": "npm",
  "python-pkg": "pypi",
  gobinary: "golang",
  rustbinary: "cargo",
  jar: "maven",
  gemspec: "gem",
};
