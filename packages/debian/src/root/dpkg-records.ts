import { createHash } from "node:crypto";
import type { UnpackedDeb } from "./unpacked.ts";
import type { RootWriter } from "./writer.ts";

const DPKG = "var/lib/dpkg";

/**
 * What is installed, for scanners and for dpkg. Without dpkg in the base: a file for each package under `status.d`,
 * which scanners know from distroless images. With it: its own database, so that packages can be added to the image.
 */
export function writeDpkgRecords(root: RootWriter, debs: readonly UnpackedDeb[], isFull: boolean): void {
  const sorted = debs.toSorted((a, b) => (a.locked.name < b.locked.name ? -1 : 1));
  if (isFull) writeDatabase(root, sorted);
  else for (const deb of sorted) writeStatusFile(root, deb);
}

function writeStatusFile(root: RootWriter, deb: UnpackedDeb): void {
  const path = `${DPKG}/status.d/${deb.locked.name}`;
  root.file(path, `${withStatus(deb)}\n`);
  const sums = (deb.files.get("md5sums")?.bytes.toString("utf8") ?? "").split("\n");
  // Only of what is in the root: a missing file would be reported as tampering.
  const kept = sums.filter((line) => root.has(line.slice(line.indexOf("  ") + 2)));
  root.file(
    `${path}.md5sums`,
    kept
      .filter((line) => line !== "")
      .map((line) => `${line}\n`)
      .join(""),
  );
}

function writeDatabase(root: RootWriter, debs: readonly UnpackedDeb[]): void {
  root.file(`${DPKG}/status`, debs.map((deb) => `${withStatus(deb, conffiles(root, deb))}\n\n`).join(""));
  for (const name of ["available", "diversions", "statoverride", "lock", "lock-frontend"])
    root.file(`${DPKG}/${name}`, "");
  for (const name of ["alternatives", "parts", "updates"]) root.directory(`${DPKG}/${name}`);
  root.file(`${DPKG}/info/format`, "1\n");
  for (const deb of debs) writeInfo(root, deb);
  writeTriggers(root, debs);
}

/**
 * The control stanza with the state dpkg wants right after the name, and the hash of the package for inventories, in the
 * field that indices have it in.
 */
function withStatus({ controlText, locked }: UnpackedDeb, more = ""): string {
  const [first, ...rest] = controlText.split("\n");
  return [first, "Status: install ok installed", `SHA256: ${locked.sha256}`, ...rest].join("\n") + more;
}

function conffiles(root: RootWriter, { files }: UnpackedDeb): string {
  const listed = (files.get("conffiles")?.bytes.toString("utf8") ?? "").split("\n");
  const found = listed.flatMap((line) => {
    const path = line.trim();
    if (!path.startsWith("/")) return [];
    const node = root.tree.follow(path.slice(1));
    if (node?.type !== "file") return [];
    const hash = createHash("md5");
    for (const chunk of node.content.chunks()) hash.update(chunk);
    return [` ${path} ${hash.digest("hex")}`];
  });
  return found.length === 0 ? "" : `\nConffiles:\n${found.join("\n")}`;
}

/** `info/<package>.*`, with the architecture in the name where several of them could be installed side by side. */
function infoName({ locked, control }: UnpackedDeb): string {
  return control.get("multi-arch") === "same" ? `${locked.name}:${locked.arch}` : locked.name;
}

function writeInfo(root: RootWriter, deb: UnpackedDeb): void {
  const stem = `${DPKG}/info/${infoName(deb)}`;
  root.file(`${stem}.list`, ["/.", ...deb.shipped.map((path) => `/${path}`), ""].join("\n"));
  for (const [name, { bytes, mode }] of deb.files) {
    if (name === "control" || !/^[a-z0-9]+$/.test(name)) continue;
    root.file(`${stem}.${name}`, bytes, { mode: (mode & 0o111) === 0 ? 0o644 : 0o755 });
  }
}

/** The interests that dpkg collects from packages as it unpacks them (deb-triggers(5)). */
function writeTriggers(root: RootWriter, debs: readonly UnpackedDeb[]): void {
  const files: string[] = [];
  const named = new Map<string, string[]>();
  for (const { files: control, locked } of debs) {
    for (const line of (control.get("triggers")?.bytes.toString("utf8") ?? "").split("\n")) {
      const [, noawait, trigger] = /^\s*interest(-noawait|-await)?\s+(\S+)/.exec(line) ?? [];
      if (trigger === undefined) continue;
      const interested = `${locked.name}${noawait === "-noawait" ? "/noawait" : ""}`;
      if (trigger.startsWith("/")) files.push(`${trigger} ${interested}`);
      else named.set(trigger, [...(named.get(trigger) ?? []), interested]);
    }
  }
  root.file(`${DPKG}/triggers/File`, files.map((line) => `${line}\n`).join(""));
  root.file(`${DPKG}/triggers/Unincorp`, "");
  root.file(`${DPKG}/triggers/Lock`, "");
  for (const [trigger, packages] of named) {
    if (/^[\w+.-]+$/.test(trigger))
      root.file(`${DPKG}/triggers/${trigger}`, packages.map((name) => `${name}\n`).join(""));
  }
}
