import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "./invocation.ts";

export function addSign(program: Command, invocation: Invocation): void {
  program
    .command("sign")
    .description("sign an image and its platforms by digest, as cosign verifies it")
    .argument("<image>", "reference, or tag or digest in the store")
    .option("--key <file>", "private key; env://NAME is a variable that holds it (default: the config's)")
    .option("--keyless", "sign as whoever this CI job runs for")
    .option("--fulcio <url>", "certificate authority of one's own; no other service is asked then but these")
    .option("--rekor <url>", "its transparency log")
    .option("--tsa <url>", "its timestamp authority")
    .option("--trusted-root <file>", "its trusted root: tells what was signed before")
    .option("--tag-scheme", "also at the tag sha256-….sig, as cosign did before version 3")
    .option("--config <file>", "seaworthy.config.ts to use")
    .action(async (image, flags) => {
      const { runSign } = await import("../commands/sign.ts");
      const { machine, signal } = invocation;
      const { reference, lines } = await runSign(machine, image, flags, signal);
      for (const line of lines) machine.stderr.write(`${line}\n`);
      machine.stdout.write(`${reference}\n`);
    });
}

export function addGenerateKey(program: Command, invocation: Invocation): void {
  program
    .command("generate-key")
    .description("make a key pair to sign with, as cosign keeps it")
    .argument("[prefix]", "of the two files", "cosign")
    .action(async (prefix) => {
      const { runGenerateKey } = await import("../commands/generate-key.ts");
      const { machine, signal } = invocation;
      const { publicKey, lines } = await runGenerateKey(machine, prefix, signal);
      for (const line of lines) machine.stderr.write(`${line}\n`);
      machine.stdout.write(`${publicKey}\n`);
    });
}
