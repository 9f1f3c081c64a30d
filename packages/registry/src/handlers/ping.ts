import type { Handle } from "../context.ts";

/** "Determining Support": everybody is welcome here. */
export const ping: Handle = (_, c) => c.json({}, 200, { "docker-distribution-api-version": "registry/2.0" });
