/** The status that a GET is answered with; undefined where nobody answers in time. The body is not read. */
export function httpStatus(
  { port, path }: { readonly port: number; readonly path: string },
  timeout: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  // Loading it takes 50 ms, which an image without a server does not pay.
  const { get } = process.getBuiltinModule("node:http");
  return new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, Math.ceil(timeout)))]);
    // No agent: a connection that is kept would outlive the service.
    const request = get({ host: "127.0.0.1", port, path, agent: false, signal: limit }, (response) => {
      resolve(response.statusCode);
      response.on("error", () => undefined);
      request.destroy();
    });
    request.on("error", () => resolve(undefined));
  });
}
