import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { MiddlewareHandler } from "hono";
import { ApiError, errorResponse, failure, toApiError } from "./api-error.ts";
import type { Handle, Registry, RegistryContext, RegistryEnv } from "./context.ts";
import { deleteBlob } from "./handlers/blob-delete.ts";
import { getBlob } from "./handlers/blob-get.ts";
import { headBlob } from "./handlers/blob-head.ts";
import { catalog } from "./handlers/catalog.ts";
import { deleteManifest } from "./handlers/manifest-delete.ts";
import { getManifest } from "./handlers/manifest-get.ts";
import { headManifest } from "./handlers/manifest-head.ts";
import { putManifest } from "./handlers/manifest-put.ts";
import { ping } from "./handlers/ping.ts";
import { listReferrers } from "./handlers/referrers-list.ts";
import { listTags } from "./handlers/tags-list.ts";
import { cancelUpload } from "./handlers/upload-cancel.ts";
import { patchUpload } from "./handlers/upload-patch.ts";
import { putUpload } from "./handlers/upload-put.ts";
import { startUpload } from "./handlers/upload-start.ts";
import { uploadStatus } from "./handlers/upload-status.ts";

/** One answered request. */
export interface AccessEntry {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  /** For a 500: what went wrong, for whoever runs the registry. */
  readonly error?: unknown;
}

export interface AppOptions {
  readonly registry: Registry;
  readonly readOnly: boolean;
  readonly logger: (entry: AccessEntry) => void;
  readonly now: () => number;
}

const READING = new Set(["GET", "HEAD"]);

/** The distribution API, version 1.1, with one handler for each verb of each place. */
export function createApp({ registry, readOnly, logger, now }: AppOptions): Hono<RegistryEnv> {
  const app = new Hono<RegistryEnv>();
  const on = (handle: Handle) => (c: RegistryContext) => handle(registry, c);
  // Hono hands HEAD to the routes of GET and drops the body of what they answer.
  const read = (get: Handle, head: Handle) => (c: RegistryContext) =>
    c.req.method === "HEAD" ? head(registry, c) : get(registry, c);

  app.use(accessLog(logger, now));
  if (readOnly) app.use(refuseWrites);
  app.get("/v2/", on(ping)).get("/v2", on(ping)).get("/v2/_catalog", on(catalog));
  app
    .post("/v2/:name{.+}/blobs/uploads/", on(startUpload))
    .post("/v2/:name{.+}/blobs/uploads", on(startUpload));
  app
    .get("/v2/:name{.+}/blobs/uploads/:id", on(uploadStatus))
    .patch("/v2/:name{.+}/blobs/uploads/:id", on(patchUpload))
    .put("/v2/:name{.+}/blobs/uploads/:id", on(putUpload))
    .delete("/v2/:name{.+}/blobs/uploads/:id", on(cancelUpload));
  app
    .get("/v2/:name{.+}/blobs/:digest", read(getBlob, headBlob))
    .delete("/v2/:name{.+}/blobs/:digest", on(deleteBlob));
  app
    .get("/v2/:name{.+}/manifests/:reference", read(getManifest, headManifest))
    .put("/v2/:name{.+}/manifests/:reference", on(putManifest))
    .delete("/v2/:name{.+}/manifests/:reference", on(deleteManifest));
  app.get("/v2/:name{.+}/tags/list", on(listTags)).get("/v2/:name{.+}/referrers/:digest", on(listReferrers));

  app.notFound(() =>
    errorResponse(new ApiError(404, "UNSUPPORTED", "no such place in the distribution API")),
  );
  app.onError((error, c) => errorResponse(toApiError(error, c.req.method) ?? failure(error)));
  return app;
}

function accessLog(logger: AppOptions["logger"], now: () => number): MiddlewareHandler<RegistryEnv> {
  return createMiddleware(async (c, next) => {
    const started = now();
    await next();
    const unexpected = c.error !== undefined && toApiError(c.error, c.req.method) === undefined;
    logger({
      method: c.req.method,
      path: c.req.path,
      status: c.env.outgoing.headersSent ? c.env.outgoing.statusCode : c.res.status,
      milliseconds: now() - started,
      ...(unexpected ? { error: c.error } : {}),
    });
  });
}

const refuseWrites = createMiddleware<RegistryEnv>(async (c, next) => {
  if (!READING.has(c.req.method)) throw new ApiError(405, "UNSUPPORTED", "this registry only gives out");
  await next();
});
