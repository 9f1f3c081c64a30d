import type { RootWriter } from "./writer.ts";

const CERTIFICATES = "usr/share/ca-certificates/";

/**
 * `/etc/ssl/certs/ca-certificates.crt`, byte for byte what update-ca-certificates makes of the same package, where
 * there are certificates. The links named after hashes are not made: Node, curl and OpenSSL's own default read the
 * bundle.
 */
export function writeCaBundle(root: RootWriter, isFull: boolean): void {
  const paths = [...root.tree.entries()]
    .map(([path]) => path)
    .filter((path) => path.startsWith(CERTIFICATES) && path.endsWith(".crt"))
    .sort((a, b) => (a < b ? -1 : 1));
  if (paths.length === 0) return;
  root.file(
    "etc/ssl/certs/ca-certificates.crt",
    paths.map((path) => `${root.read(path)?.trimEnd() ?? ""}\n`).join(""),
  );
  // update-ca-certificates takes only what this file lists: without it a later run would empty the bundle.
  const names = paths.map((path) => `${path.slice(CERTIFICATES.length)}\n`);
  if (isFull) root.file("etc/ca-certificates.conf", names.join(""));
}
