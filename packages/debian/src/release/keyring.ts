import { BOOKWORM_AUTOMATIC } from "./keys/bookworm-automatic.ts";
import { BOOKWORM_SECURITY } from "./keys/bookworm-security.ts";
import { BOOKWORM_STABLE } from "./keys/bookworm-stable.ts";
import { TRIXIE_AUTOMATIC } from "./keys/trixie-automatic.ts";
import { TRIXIE_SECURITY } from "./keys/trixie-security.ts";
import { TRIXIE_STABLE } from "./keys/trixie-stable.ts";
import { SUITES } from "./suites.ts";

/** Who may sign release files: armoured public keys, and per suite the primary fingerprints that count. */
export interface Keyring {
  readonly armored: readonly string[];
  fingerprints(suite: string, archive: "debian" | "debian-security"): readonly string[];
}

/** Debian's own keys, pinned. */
export const DEBIAN_KEYRING: Keyring = {
  armored: [
    BOOKWORM_AUTOMATIC,
    BOOKWORM_SECURITY,
    BOOKWORM_STABLE,
    TRIXIE_AUTOMATIC,
    TRIXIE_SECURITY,
    TRIXIE_STABLE,
  ],
  fingerprints(suite, archive) {
    const keys = SUITES.get(suite);
    return (archive === "debian" ? keys?.archive : keys?.security) ?? [];
  },
};
