/**
 * Runs a program on this machine and ends it with everything it started when `signal` fires. Rejects where it cannot be
 * started.
 */
export type RunTool = (
  command: {
    readonly run: readonly string[];
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
  },
  onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void,
  signal: AbortSignal,
) => Promise<{ readonly code: number }>;

const KEPT = 8 << 20;
const SHOWN = 400;

/** What a program wrote: stdout up to 8 MiB, and the end of stderr in a line. */
export async function outputOf(
  run: RunTool,
  command: Parameters<RunTool>[0],
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly stdout: string; readonly complaint: string }> {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const sizes = { stdout: 0, stderr: 0 };
  const { code } = await run(
    command,
    (stream, chunk) => {
      sizes[stream] += chunk.length;
      if (sizes[stream] <= KEPT) chunks[stream].push(Uint8Array.from(chunk));
    },
    signal,
  );
  const text = (stream: "stdout" | "stderr"): string => Buffer.concat(chunks[stream]).toString("utf8");
  const complaint = text("stderr")
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(-SHOWN);
  return { code, stdout: text("stdout"), complaint };
}
