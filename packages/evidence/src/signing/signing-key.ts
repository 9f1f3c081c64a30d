/**
 * A private key, wherever it is kept. This is the whole contract of a plug-in for a key management service: see the
 * README for one.
 */
export interface SigningKey {
  /** PEM, `PUBLIC KEY`. */
  readonly publicKey: string;
  /** An ECDSA signature (P-256, SHA-256) over these bytes, as DER. */
  sign(message: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}
