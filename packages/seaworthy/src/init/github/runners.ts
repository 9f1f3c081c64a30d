import { formatPlatform, parsePlatform } from "@seaworthy/oci";

/** Where a platform is built. */
export interface Runner {
  readonly platform: string;
  /** Label of a machine that GitHub runs. */
  readonly label: string;
  /** No machine of GitHub's has this platform: what runs in it is emulated, several times slower. */
  readonly emulated: boolean;
}

export const AMD64 = "ubuntu-24.04";
const NATIVE: Readonly<Record<string, string>> = { "linux/amd64": AMD64, "linux/arm64": "ubuntu-24.04-arm" };

export function runnerOf(text: string): Runner {
  const platform = formatPlatform(parsePlatform(text));
  const label = NATIVE[platform];
  return { platform, label: label ?? AMD64, emulated: label === undefined };
}
