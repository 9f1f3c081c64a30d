import { Secret, SeaworthyError, systemClock } from "@seaworthy/oci";
import { registryAgent } from "@seaworthy/oci/remote";
import { type CodeScanning, type Scanned, scanSarif, uploadSarif } from "@seaworthy/evidence/vulnerabilities";
import type { Machine } from "../machine/machine.ts";
import { type Project, dockerfileNameOf } from "./context.ts";
import { type EventOptions, eventOf } from "./event.ts";

export interface UploadOptions extends EventOptions {
  /** Also what passed. */
  readonly all?: boolean;
}

/**
 * Hands scans to GitHub code scanning, one upload for each platform. Nobody who may not is stopped by that: it is said,
 * and the gate has decided already.
 */
export async function uploadScans(
  machine: Machine,
  project: Pick<Project, "root" | "config" | "source">,
  scans: readonly Scanned[],
  { all = false, ...event }: UploadOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const where = await codeScanningOf(machine, project.source, event);
  if (typeof where === "string") return say(`code scanning: skipped, ${where}`);
  const tools = { clock: systemClock, http: registryAgent(machine.env) };
  const options = { file: dockerfileNameOf(project), refusedOnly: !all };
  for (const scanned of scans) {
    const of = `code scanning, ${scanned.report.platform}`;
    try {
      const uploaded = await uploadSarif(scanSarif([scanned], options), where, tools, signal);
      say(uploaded.outcome === "skipped" ? `${of}: skipped, ${uploaded.reason}` : `${of}: uploaded`);
    } catch (error) {
      if (!(error instanceof SeaworthyError) || error.code === "aborted") throw error;
      say(`! ${of}: ${error.message}`);
    }
  }
}

/** A word where there is nowhere to hand them to. */
async function codeScanningOf(
  machine: Machine,
  source: Project["source"],
  options: EventOptions,
): Promise<CodeScanning | string> {
  const { env } = machine;
  const value = (name: string): string => env[name]?.trim() ?? "";
  const [repository, commit, ref] = [value("GITHUB_REPOSITORY"), value("GITHUB_SHA"), value("GITHUB_REF")];
  if (value("GITHUB_ACTIONS") !== "true" || repository === "") return "this is no run of GitHub Actions";
  const event = await eventOf(machine, options, source);
  const token = value("GITHUB_TOKEN");
  return {
    apiUrl: value("GITHUB_API_URL") || "https://api.github.com",
    repository,
    commit,
    ref,
    token: token === "" ? undefined : new Secret(token),
    fork: event.kind === "pull-request" && event.fork,
  };
}
