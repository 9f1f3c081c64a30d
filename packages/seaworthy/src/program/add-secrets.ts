import type { Command } from "@commander-js/extra-typings";
import { ExitCode } from "../exit-code.ts";
import type { Invocation } from "./invocation.ts";

export function addSecrets(program: Command, invocation: Invocation): void {
  program
    .command("secrets")
    .description("secrets in the tracked sources, in commits, or in every layer and the config of an image")
    .argument("[image]", "digest or name in the store, or a registry's (default: the sources here)")
    .option("--history", "what any commit added, also what later ones delete")
    .option("--range <A..B>", "what these commits added")
    .option("--config <file>", "gitleaks.toml with the rules (default: .gitleaks.toml where there is one)")
    .option("--baseline <file>", "what is known and lived with (default: .seaworthy-secrets.json)")
    .option("--accept", "put what is found into the baseline, with the next three")
    .option("--reason <text>", "why it is no secret, or lived with")
    .option("--owner <name>", "who answers for that")
    .option("--expires <day>", "the last day on which it holds: 2026-12-31")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExits with 3 where it finds one.")
    .action(async (image, { json, accept, ...flags }) => {
      const { machine, signal, setExitCode } = invocation;
      const { runSecrets } = await import("../commands/secrets.ts");
      const { secretsJson, secretsText } = await import("../secrets-text.ts");
      const answer = await runSecrets(machine, image, flags, signal, new Date());
      machine.stdout.write(`${json === true ? secretsJson(answer) : secretsText(answer)}\n`);
      if (accept === true) {
        const { acceptSecrets } = await import("../commands/accept-secrets.ts");
        const name = await acceptSecrets(machine, answer.scan.findings, flags);
        machine.stderr.write(`${answer.scan.findings.length} now in ${name}\n`);
        return;
      }
      if (answer.scan.findings.length > 0) setExitCode(ExitCode.refused);
    });
}
