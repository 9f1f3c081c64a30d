import { type Descriptor, type Layout, type Platform, type StoredImage, readImage } from "@seaworthy/oci";
import { type Progress, step } from "@seaworthy/builder";
import type { Sandbox, Snapshots } from "@seaworthy/sandbox";
import pLimit from "p-limit";
import type { CheckResult, PlatformResult, VerifyConfig } from "./checks.ts";
import { containersOf } from "./container.ts";
import { unpackImage } from "./rootfs.ts";
import { checkReject } from "./reject.ts";
import { checkService } from "./service.ts";
import type { Start } from "./start.ts";
import { checkConfig } from "./static-checks.ts";

export interface VerifyTools {
  readonly layout: Layout;
  readonly sandbox: () => Sandbox;
  readonly snapshots: () => Snapshots;
  /** Why a platform cannot execute here, or undefined where it can. */
  readonly cannotRun: (platform: Platform) => string | undefined;
  /** Containers at once. */
  readonly parallel: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Runs a platform's image, where this machine can run it, from the bytes that would be pulled. */
export async function verifyPlatform(
  manifest: Descriptor,
  config: VerifyConfig,
  tools: VerifyTools,
): Promise<PlatformResult> {
  const image = await readImage(tools.layout, manifest);
  const { platform } = image;
  const checks = [...(await checkConfig(image.config, config))];
  const reason = tools.cannotRun(image.config);
  if (reason === undefined) checks.push(...(await runChecks(image, config, tools, platform)));
  const failed = checks.some(({ ok }) => !ok);
  const status = failed ? "failed" : reason === undefined ? "passed" : "not-run";
  return { platform, digest: manifest.digest, status, ...(reason === undefined ? {} : { reason }), checks };
}

async function runChecks(
  image: StoredImage,
  config: VerifyConfig,
  tools: VerifyTools,
  platform: string,
): Promise<readonly CheckResult[]> {
  const { signal } = tools;
  const ids = await unpackImage(tools.layout, image, tools.snapshots(), signal);
  // Each has a network of its own, so that none sees another.
  const starting = containersOf(image, ids, tools, { network: "none" });
  const limit = pLimit(tools.parallel);
  const run = (name: string, check: (start: Start) => Promise<CheckResult>): Promise<CheckResult> =>
    limit(() => shown(tools, `[${platform}] ${name}`, () => check(starting)));
  return Promise.all([
    ...config.services.map((check) => run(check.name, (start) => checkService(check, config, start, signal))),
    ...config.rejects.map((check) => run(check.name, (start) => checkReject(check, start, signal))),
  ]);
}

function shown(tools: VerifyTools, name: string, work: () => Promise<CheckResult>): Promise<CheckResult> {
  return step(tools.progress, { id: name, name }, async () => {
    const value = await work();
    return { value, status: value.ok ? "done" : "failed", note: noteOf(value) };
  });
}

function noteOf({ ok, problem, startMs, stopMs, memory }: CheckResult): string {
  if (!ok) return problem ?? "failed";
  const parts = [
    startMs === undefined ? undefined : `up in ${startMs} ms`,
    memory === undefined ? undefined : `${Math.round(memory / 1e6)} MB`,
    stopMs === undefined ? undefined : `stopped in ${stopMs} ms`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "refused as it must be" : parts.join(", ");
}
