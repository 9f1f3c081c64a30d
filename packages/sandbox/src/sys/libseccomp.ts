import { closeSync, openSync, readFileSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";
import type Koffi from "koffi";
import type { SeccompProfile, SeccompRule } from "../runtime/seccomp.ts";

/** Numbers of libseccomp's header. */
const ALLOW = 0x7fff_0000;
const ERRNO = 0x0005_0000;
const UNKNOWN_CALL = -1;
const COMPARE = { SCMP_CMP_NE: 1, SCMP_CMP_EQ: 4, SCMP_CMP_MASKED_EQ: 7 } as const;
const ARCHITECTURES: Readonly<Record<string, number>> = {
  SCMP_ARCH_X86_64: 0xc000_003e,
  SCMP_ARCH_X86: 0x4000_0003,
  SCMP_ARCH_X32: 0x4000_003e,
  SCMP_ARCH_AARCH64: 0xc000_00b7,
  SCMP_ARCH_ARM: 0x4000_0028,
};

interface Seccomp {
  readonly init: (action: number) => unknown;
  readonly release: (context: unknown) => void;
  readonly addArchitecture: (context: unknown, token: number) => number;
  readonly resolve: (name: string) => number;
  /** `comparisons`: an array of `struct scmp_arg_cmp`. */
  readonly addRule: (
    context: unknown,
    action: number,
    call: number,
    count: number,
    comparisons: Buffer,
  ) => number;
  readonly exportBpf: (context: unknown, fd: number) => number;
}

function loadLibseccomp(): Seccomp {
  const koffi = createRequire(import.meta.url)("koffi") as typeof Koffi;
  const library = koffi.load("libseccomp.so.2");
  return {
    init: library.func("void* seccomp_init(uint32_t)"),
    release: library.func("void seccomp_release(void*)"),
    addArchitecture: library.func("int seccomp_arch_add(void*, uint32_t)"),
    resolve: library.func("int seccomp_syscall_resolve_name(const char*)"),
    addRule: library.func("int seccomp_rule_add_array(void*, uint32_t, int, uint32_t, const uint8_t*)"),
    exportBpf: library.func("int seccomp_export_bpf(void*, int)"),
  };
}

/** struct scmp_arg_cmp { unsigned arg; enum op; uint64_t a; uint64_t b; } */
function encodeComparisons(rule: SeccompRule): Buffer {
  const args = rule.args ?? [];
  const encoded = Buffer.alloc(Math.max(1, args.length) * 24);
  for (const [index, { index: argument, op, value, valueTwo = 0 }] of args.entries()) {
    encoded.writeUInt32LE(argument, index * 24);
    encoded.writeInt32LE(COMPARE[op], index * 24 + 4);
    encoded.writeBigUInt64LE(BigInt(value), index * 24 + 8);
    encoded.writeBigUInt64LE(BigInt(valueTwo), index * 24 + 16);
  }
  return encoded;
}

function addRules(library: Seccomp, context: unknown, { architectures, syscalls }: SeccompProfile): boolean {
  // The machine's own architecture is there from the start; adding it again is refused, and that is fine.
  for (const name of architectures) library.addArchitecture(context, ARCHITECTURES[name] ?? 0);
  for (const rule of syscalls) {
    const comparisons = encodeComparisons(rule);
    const action = rule.action === "SCMP_ACT_ALLOW" ? ALLOW : ERRNO | (rule.errnoRet ?? 1);
    for (const name of rule.names) {
      const call = library.resolve(name);
      if (call === UNKNOWN_CALL) continue;
      if (library.addRule(context, action, call, rule.args?.length ?? 0, comparisons) !== 0) return false;
    }
  }
  return true;
}

/**
 * Compiles a profile to the kernel's filter language, which the runtime would otherwise do on every run (13 ms).
 * `undefined` where libseccomp is missing or refuses. `scratch` is a file name that may be used meanwhile.
 */
export function compileSeccomp(profile: SeccompProfile, scratch: string): Buffer | undefined {
  let library: Seccomp;
  try {
    library = loadLibseccomp();
  } catch {
    return undefined;
  }
  const context = library.init(ERRNO | profile.defaultErrnoRet);
  const fd = openSync(scratch, "wx", 0o600);
  try {
    if (!addRules(library, context, profile) || library.exportBpf(context, fd) !== 0) return undefined;
    return readFileSync(scratch);
  } finally {
    closeSync(fd);
    unlinkSync(scratch);
    library.release(context);
  }
}
