/** Which keys (by fingerprint) may sign a suite: those of its own release, of the one before and after. */
export interface SuiteKeys {
  readonly archive: readonly string[];
  readonly security: readonly string[];
}

/** Primary key fingerprints, from the package debian-archive-keyring 2025.1. */
const FINGERPRINT = {
  bookwormAutomatic: "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8",
  bookwormSecurity: "05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0",
  bookwormStable: "4D64FEC119C2029067D6E791F8D2585B8783D481",
  trixieAutomatic: "04B54C3CDCA79751B16BC6B5225629DF75B188BD",
  trixieSecurity: "5E04A1E3223A19A20706E20F9904613D4CCE68C6",
  trixieStable: "41587F7DB8C774BCCF131416762F67A0B2C39DE4",
} as const;

const AUTOMATIC = [FINGERPRINT.bookwormAutomatic, FINGERPRINT.trixieAutomatic];
const SECURITY = [FINGERPRINT.bookwormSecurity, FINGERPRINT.trixieSecurity];

/** The suites whose keys are pinned, by codename. */
export const SUITES: ReadonlyMap<string, SuiteKeys> = new Map([
  ["bookworm", { archive: [...AUTOMATIC, FINGERPRINT.bookwormStable], security: SECURITY }],
  ["trixie", { archive: [...AUTOMATIC, FINGERPRINT.trixieStable], security: SECURITY }],
]);
