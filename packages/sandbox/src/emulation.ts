import { type Platform, formatPlatform, hostPlatform, samePlatform } from "@seaworthy/oci";
import type { Probe } from "./probe.ts";

export type Runnable = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const BINFMT = "/proc/sys/fs/binfmt_misc";

/** ELF identification per architecture: bits, byte order and `e_machine`, as a handler's magic spells them. */
const ELF: Readonly<
  Record<string, { readonly bits: 32 | 64; readonly little: boolean; readonly machine: number }>
> = {
  amd64: { bits: 64, little: true, machine: 0x3e },
  "386": { bits: 32, little: true, machine: 0x03 },
  arm64: { bits: 64, little: true, machine: 0xb7 },
  arm: { bits: 32, little: true, machine: 0x28 },
  riscv64: { bits: 64, little: true, machine: 0xf3 },
  ppc64le: { bits: 64, little: true, machine: 0x15 },
  s390x: { bits: 64, little: false, machine: 0x16 },
  loong64: { bits: 64, little: true, machine: 0x102 },
};

interface Handler {
  readonly enabled: boolean;
  readonly flags: string;
  readonly magic: Buffer;
}

/** A file of binfmt_misc: `enabled`, then `interpreter …`, `flags: …`, `offset …`, `magic <hex>`. */
function parseHandler(text: string): Handler | undefined {
  const magic = /^magic ([0-9a-f]+)$/m.exec(text)?.[1];
  if (magic === undefined) return undefined;
  return {
    enabled: /^enabled$/m.test(text),
    flags: /^flags: *(\w*)$/m.exec(text)?.[1] ?? "",
    magic: Buffer.from(magic, "hex"),
  };
}

function isFor({ magic }: Handler, architecture: string): boolean {
  const elf = ELF[architecture];
  if (elf === undefined || magic.length < 20 || magic.toString("latin1", 0, 4) !== "\x7fELF") return false;
  const machine = elf.little ? magic.readUInt16LE(18) : magic.readUInt16BE(18);
  return (
    magic[4] === (elf.bits === 64 ? 2 : 1) && magic[5] === (elf.little ? 1 : 2) && machine === elf.machine
  );
}

/**
 * Whether this machine can run programs of a platform: its own, or through an emulator registered with the kernel. The
 * emulator must have been opened when it was registered (flag F), as it is not inside the container.
 */
export function canRun(platform: Platform, probe: Probe, host: Platform = hostPlatform()): Runnable {
  const wanted = formatPlatform(platform);
  if (samePlatform(platform, host)) return { ok: true };
  if (platform.os !== host.os) return { ok: false, reason: `${wanted}: this machine runs ${host.os} only` };
  if (platform.architecture === host.architecture) return { ok: true };
  if (platform.architecture === "386" && host.architecture === "amd64") return { ok: true };
  const names = probe.list(BINFMT).filter((name) => name !== "register" && name !== "status");
  const handlers = names.flatMap((name) => {
    const handler = parseHandler(probe.readText(`${BINFMT}/${name}`) ?? "");
    return handler && isFor(handler, platform.architecture) ? [handler] : [];
  });
  const what = `${wanted}: this machine is ${formatPlatform(host)}`;
  if (handlers.length === 0)
    return { ok: false, reason: `${what}, and no emulator is registered (binfmt_misc)` };
  const on = handlers.filter(
    ({ enabled }) => enabled && probe.readText(`${BINFMT}/status`)?.trim() !== "disabled",
  );
  if (on.length === 0)
    return { ok: false, reason: `${what}, and its emulator is switched off (binfmt_misc)` };
  if (on.some(({ flags }) => flags.includes("F"))) return { ok: true };
  return {
    ok: false,
    reason: `${what}, and its emulator is registered without flag F, so containers cannot see it`,
  };
}
