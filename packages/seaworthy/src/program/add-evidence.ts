import type { Command } from "@commander-js/extra-typings";
import { ExitCode } from "../exit-code.ts";
import type { Invocation } from "./invocation.ts";

export function addEvidence(program: Command, invocation: Invocation): void {
  program
    .command("evidence")
    .description("what is known about an image and its platforms, by whom, and how old")
    .argument("<image>", "reference, or tag or digest in the store")
    .option("--key <file>", "public key to check signatures with")
    .option("--policy <file>", "policy whose signers to check signatures with")
    .option("--trusted-root <file>", "trusted root of certificates (default: the public sigstore's)")
    .option("--json", "as JSON")
    .option("--config <file>", "seaworthy.config.ts to use")
    .action(async (image, { json, ...flags }) => {
      const { runEvidence } = await import("../commands/evidence.ts");
      const { machine, signal } = invocation;
      const { reference, collection, keyNames } = await runEvidence(machine, image, flags, signal);
      if (json === true) {
        const { evidenceJson } = await import("../evidence/evidence-json.ts");
        machine.stdout.write(`${JSON.stringify(evidenceJson(reference, collection), null, 2)}\n`);
        return;
      }
      const { evidenceText } = await import("../evidence/evidence-text.ts");
      const options = { now: new Date(), keyNames };
      machine.stdout.write(`${evidenceText(reference, collection, options, machine.stdout.columns)}\n`);
    });
}

export function addVerify(program: Command, invocation: Invocation): void {
  program
    .command("verify")
    .description("hold an image against a policy: signatures and evidence it must have")
    .argument("<image>", "reference, or tag or digest in the store")
    .option("--policy <file>", "policy (default: seaworthy.policy.ts beside the config)")
    .option("--environment <name>", "one of the policy's environments")
    .option("--trusted-root <file>", "trusted root of certificates (default: the public sigstore's)")
    .option("--json", "the answers as JSON")
    .option("--config <file>", "seaworthy.config.ts to use")
    .action(async (image, { json, ...flags }) => {
      const { runVerify } = await import("../commands/verify-image.ts");
      const { decisionText } = await import("../evidence/decision-text.ts");
      const { printable } = await import("../progress/text.ts");
      const { machine, signal, setExitCode } = invocation;
      const verdict = await runVerify(machine, image, flags, signal);
      for (const problem of verdict.problems) machine.stderr.write(printable(`! passed over ${problem}\n`));
      machine.stderr.write(`${decisionText(verdict.decisions)}\n`);
      if (json === true) machine.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
      else if (verdict.letThrough) machine.stdout.write(`${verdict.reference}\n`);
      if (verdict.letThrough) return;
      machine.stderr.write(`refused: ${verdict.reference}\n`);
      setExitCode(ExitCode.refused);
    });
}
