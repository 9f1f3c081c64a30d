import type { SecretFinding, SecretsResult } from "@seaworthy/evidence";
import type { Examination, Gate, GateResult, SourceGate } from "@seaworthy/release";
import type { Machine } from "../machine/machine.ts";

const TYPE = "https://seaworthy.dev/secrets-result/v1";
const ALLOWED = "none that is not in the baseline";
const SHOWN = 10;

/** The tracked sources hold no secret: asked before anything is built from them. */
export function secretsInSources(machine: Machine): SourceGate {
  return {
    name: "secrets in sources",
    allowed: ALLOWED,
    async check(signal) {
      const { runSecrets } = await import("../commands/secrets.ts");
      const { scan } = await runSecrets(machine, undefined, {}, signal, new Date());
      return [resultOf("secrets in sources", scan.findings, scan.findings.length)];
    },
  };
}

/** Every layer, what a later one deletes too, and the config of each platform's image. */
export function secretsExamination(machine: Machine): Examination {
  return {
    name: "secrets",
    about: "platforms",
    types: [TYPE],
    // A baseline may change and an entry of it end: what is allowed is decided by what holds today.
    key: async () => {
      const { repositoryScanner } = await import("../commands/secrets.ts");
      const { key } = await repositoryScanner(machine, new Date());
      return `${key} ${new Date().toISOString().slice(0, 10)}`;
    },
    async examine({ image, store }, signal) {
      if (image === undefined) return [];
      const { repositoryScanner } = await import("../commands/secrets.ts");
      const { scanConfig, secretVisitor, secretsResult, visitLayers } = await import("@seaworthy/evidence");
      const { scanner } = await repositoryScanner(machine, new Date());
      await scanConfig(scanner, image.config);
      await visitLayers(store, image, [secretVisitor(scanner)], signal);
      return [{ predicateType: TYPE, predicate: secretsResult(scanner.result()) }];
    },
  };
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
    hint: "take it out and make it invalid; what is none belongs in .seaworthy-secrets.json: seaworthy secrets --json",
  };
}
