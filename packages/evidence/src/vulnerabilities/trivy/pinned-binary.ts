import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { EvidenceError } from "../../error.ts";

export interface PinnedBinary {
  readonly path: string;
  /** Of its bytes, lower-case hex. */
  readonly sha256: string;
}

const HINT =
  "install the release that the config pins: scan.trivy.path, scan.trivy.sha256, scan.trivy.version";

/**
 * Copies a program to a place of our own and checks the copy: what runs is what was checked, whatever happens to the
 * original meanwhile.
 * @throws EvidenceError `scanner-missing`, also where it is another program
 */
export async function takePinned({ path, sha256 }: PinnedBinary, to: string): Promise<void> {
  const hash = createHash("sha256");
  try {
    await pipeline(
      createReadStream(path),
      async function* hashed(chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(to, { mode: 0o700, flags: "wx" }),
    );
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "not there" : (code ?? message);
    throw new EvidenceError("scanner-missing", `${path}: ${why}`, { cause, hint: HINT });
  }
  const found = hash.digest("hex");
  if (found === sha256) return;
  throw new EvidenceError(
    "scanner-missing",
    `${path}: expected sha256 ${sha256}, found ${found}; it was not run`,
    { hint: HINT },
  );
}
