import type { TarEntry } from "@seaworthy/oci";

/** Smaller ones hold no list of packages. */
const MIN = 1 << 12;
const NO_PROGRAM = /\.(?:so(?:\.[\d.]+)?|sh|py|rb|pl|js|jar)$/;

/** True for what may be a program: somebody may execute it. Shared libraries are of C as a rule and may not be. */
export function mayBeProgram({ type, mode, size, path }: TarEntry): boolean {
  return type === "file" && (mode & 0o111) !== 0 && size >= MIN && !NO_PROGRAM.test(path);
}

/** ELF (elf(5)), the format of programs. */
export function isElf(beginning: Uint8Array): boolean {
  const [a, b, c, d] = beginning;
  return a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46;
}
