export interface HttpAnswer {
  readonly status: number;
  /** As UTF-8, cut after a mebibyte. Empty where nobody wants it. */
  readonly body: string;
}

export interface HttpQuestion {
  readonly port: number;
  readonly path: string;
  /** Wait for the body as well. */
  readonly body: boolean;
}

const MAX_BODY = 1024 * 1024;

/** What a GET is answered with; undefined where nobody answers in time. */
export function httpAnswer(
  { port, path, body }: HttpQuestion,
  timeout: number,
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  // Loading it takes 50 ms, which an image without a server does not pay.
  const { get } = process.getBuiltinModule("node:http");
  return new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, Math.ceil(timeout)))]);
    // No agent: a connection that is kept would outlive the service.
    const request = get({ host: "127.0.0.1", port, path, agent: false, signal: limit }, (response) => {
      const status = response.statusCode ?? 0;
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (): void => {
        resolve({ status, body: Buffer.concat(chunks).toString("utf8", 0, MAX_BODY) });
        request.destroy();
      };
      response.on("error", () => resolve(undefined));
      if (!body) return done();
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= MAX_BODY) done();
      });
      response.on("end", done);
    });
    request.on("error", () => resolve(undefined));
  });
}
