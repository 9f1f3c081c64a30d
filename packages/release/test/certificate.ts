import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate for 127.0.0.1, made for today, that this process trusts from now on; undefined without openssl. */
export function trustedCertificate(): Certificate | undefined {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
  try {
    const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
    const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    if (spawnSync("openssl", ["version"]).error !== undefined) return undefined;
    execFileSync("openssl", ["req", "-x509", ...curve, ...name, "-keyout", key, "-out", cert], {
      stdio: "pipe",
    });
    const made = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
    setDefaultCACertificates([...getCACertificates("default"), made.cert]);
    return made;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
