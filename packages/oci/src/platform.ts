import { arch } from "node:process";
import { OciError } from "./error.ts";

/** OCI image index spec, `platform`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const ALIASES: Record<string, readonly [string, string?]> = {
  x86_64: ["amd64"],
  "x86-64": ["amd64"],
  aarch64: ["arm64"],
  armhf: ["arm", "v7"],
  armel: ["arm", "v6"],
  i386: ["386"],
};

/** `linux/arm64`, `linux/arm/v7`, `arm64`; normalised as containerd does (arm64/v8 is arm64). */
export function parsePlatform(text: string): Platform {
  const parts = text.trim().toLowerCase().split("/");
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw new OciError("invalid-platform", `platform ${JSON.stringify(text)}: expected os/arch[/variant]`, {
      hint: 'write it as "linux/amd64" or "linux/arm64"',
    });
  }
  const [os, rawArch, rawVariant] =
    parts.length === 1 ? ["linux", parts[0]!] : [parts[0]!, parts[1]!, parts[2]];
  const [architecture, aliasVariant] = ALIASES[rawArch] ?? [rawArch];
  const variant = rawVariant ?? aliasVariant;
  if (variant === undefined || (architecture === "arm64" && variant === "v8")) return { os, architecture };
  return { os, architecture, variant };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(a) === formatPlatform(b);
}

const NODE_ARCH: Record<string, string> = { x64: "amd64", arm64: "arm64", arm: "arm", ia32: "386" };

/** The platform whose binaries this machine runs without emulation. */
export function hostPlatform(): Platform {
  return { os: "linux", architecture: NODE_ARCH[arch] ?? arch };
}
