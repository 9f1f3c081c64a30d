import type { DebianArch, NpmSource } from "../base.ts";

export function npmName({ name }: NpmSource, arch: DebianArch): string {
  return typeof name === "string" ? name : name[arch];
}
