import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cleanLayers } from "../machine/clean-layers.ts";
import { dirname, join } from "node:path";
import type { CleanLayers, SecretFinding, SecretsResult } from "@seaworthy/evidence/secrets";
import { digestOf, hexOf } from "@seaworthy/oci";
import type { Examination, Gate, GateResult, Source, SourceGate } from "@seaworthy/release";
import type { Project } from "../commands/context.ts";
import type { Inventories } from "../machine/inventories.ts";
import type { Machine } from "../machine/machine.ts";

const TYPE = "https://seaworthy.dev/secrets-result/v1";
const ALLOWED = "none that is not in the baseline";
const SHOWN = 10;

/**
 * The tracked sources hold no secret: asked before anything is built from them, once for a commit, rules, baseline and
 * day. Files that differ from every commit are always looked at.
 */
export function secretsInSources(
  machine: Machine,
  { source, storeDir }: Pick<Project, "source" | "storeDir">,
): SourceGate {
  const name = "secrets in sources";
  return {
    name,
    allowed: ALLOWED,
    async check(signal) {
      const { repositoryScanner, runSecrets } = await import("../commands/secrets.ts");
      const now = new Date();
      const { key } = await repositoryScanner(machine, now);
      const passed = passedBefore(join(dirname(storeDir), "secrets"), source, `${key} ${dayOf(now)}`);
      if (passed?.known === true) return [resultOf(name, [], 0)];
      const { scan } = await runSecrets(machine, undefined, {}, signal, now);
      if (scan.findings.length === 0) passed?.remember();
      return [resultOf(name, scan.findings, scan.findings.length)];
    },
  };
}

/** A mark for each commit that passed under a key; undefined where there is no commit to speak of. */
function passedBefore(
  folder: string,
  { revision, dirty }: Source,
  key: string,
): { readonly known: boolean; readonly remember: () => void } | undefined {
  if (revision === undefined || dirty) return undefined;
  const file = join(folder, hexOf(digestOf(`${revision} ${key}`)));
  return {
    known: existsSync(file),
    remember() {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, "");
    },
  };
}

const dayOf = (now: Date): string => now.toISOString().slice(0, 10);

/** Every layer, what a later one deletes too, and the config of each platform's image. */
export function secretsExamination(machine: Machine, inventories: Pick<Inventories, "during">): Examination {
  let key: Promise<string> | undefined;
  const known = new Map<string, CleanLayers>();
  return {
    name: "secrets",
    about: "platforms",
    types: [TYPE],
    // A baseline may change and an entry of it end: what is allowed is decided by what holds today.
    key: () => (key ??= keyOf(machine)),
    async examine({ image, store }, signal) {
      if (image === undefined) return [];
      const { repositoryScanner } = await import("../commands/secrets.ts");
      const { scanImage, secretsResult } = await import("@seaworthy/evidence/secrets");
      const { open, rules } = await repositoryScanner(machine, new Date());
      const clean = known.get(rules) ?? cleanLayers(join(machine.cacheDir, "secrets"), rules);
      known.set(rules, clean);
      const scan = await inventories.during(image, (along) =>
        scanImage(store, image, { open, known: clean, along }, signal),
      );
      return [{ predicateType: TYPE, predicate: secretsResult(scan) }];
    },
  };
}

async function keyOf(machine: Machine): Promise<string> {
  const { repositoryScanner } = await import("../commands/secrets.ts");
  const now = new Date();
  return `${(await repositoryScanner(machine, now)).key} ${dayOf(now)}`;
}

/** Fails closed: a platform about which nothing is known is refused. */
export function secretsGate(): Gate {
  return {
    name: "secrets in image",
    allowed: ALLOWED,
    check: ({ images, evidence }) =>
      Promise.resolve(
        images.map(({ platform, manifest }) => {
          const hex = manifest.digest.slice("sha256:".length);
          const about = evidence.find(
            ({ predicateType, subject }) =>
              predicateType === TYPE && subject.some(({ digest }) => digest.sha256 === hex),
          );
          const name = `secrets in image ${platform}`;
          if (about === undefined)
            return { name, allowed: ALLOWED, status: "refused", found: "nobody looked" };
          const { findings, found } = about.predicate as SecretsResult;
          return resultOf(name, findings, found);
        }),
      ),
  };
}

function resultOf(name: string, findings: readonly SecretFinding[], count: number): GateResult {
  if (count === 0) return { name, allowed: ALLOWED, status: "passed", found: "none" };
  const shown = findings.slice(0, SHOWN).map(({ rule, where, redacted }) => {
    const { path, line, layer } = where;
    const place = [path ?? where.kind, line].filter((part) => part !== undefined).join(":");
    return `${place}${layer === undefined ? "" : ` in layer ${layer}`} (${rule}, ${redacted})`;
  });
  const more = count > shown.length ? `, and ${count - shown.length} more` : "";
  return {
    name,
    allowed: ALLOWED,
    status: "refused",
    found: `${shown.join(", ")}${more}`,
    hint: "take it out and make it invalid; what is none belongs in .seaworthy-secrets.json: seaworthy secrets --accept",
  };
}
