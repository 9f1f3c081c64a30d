/** Addresses of one sigstore deployment. What is not named is not asked: a private one never writes into a public log. */
export interface SigstoreServices {
  /** Certificate authority. */
  readonly fulcio: string;
  /** Transparency log. */
  readonly rekor?: string;
  /** Timestamp authority. */
  readonly tsa?: string;
}

export const PUBLIC_SIGSTORE: SigstoreServices = {
  fulcio: "https://fulcio.sigstore.dev",
  rekor: "https://rekor.sigstore.dev",
  tsa: "https://timestamp.sigstore.dev",
};

/** True where everybody can read what is signed: the log's, or that of the authority's certificates. */
export function isPublic({ fulcio, rekor }: SigstoreServices): boolean {
  return [fulcio, rekor].some((url) => url !== undefined && /(?:^|\.)sigstore\.dev$/.test(hostOf(url)));
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}
