import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { RegistryStore } from "./store.ts";
import type { UploadSessions } from "./uploads/sessions.ts";

/** What every handler works with. */
export interface Registry {
  readonly store: RegistryStore;
  readonly uploads: UploadSessions;
}

export type RegistryEnv = { Bindings: HttpBindings };
export type RegistryContext = Context<RegistryEnv>;
export type Handle = (registry: Registry, c: RegistryContext) => Promise<Response> | Response;
