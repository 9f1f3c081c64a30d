import { DeployError } from "../../error.ts";
import { type Json, listAt, textAt } from "../object.ts";
import { isReason } from "./error.ts";

interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

type Fetch = (path: string, signal: AbortSignal) => Promise<Json | undefined>;

/** Where objects of a kind are, as the server itself says (discovery). */
export class Resources {
  readonly #fetch: Fetch;
  readonly #known = new Map<string, ReadonlyMap<string, Resource>>();

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /**
   * The path of the list that a kind is in.
   * @throws DeployError `refused` where the server does not know the kind
   */
  async path(
    { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
    namespace: string,
    signal: AbortSignal,
  ): Promise<string> {
    const root = `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}`;
    const resource = (await this.#resourcesOf(apiVersion, root, signal)).get(kind);
    if (resource === undefined) {
      throw new DeployError("refused", `${kind} ${apiVersion}: the cluster does not know this kind`, {
        hint: "install what defines it, or correct apiVersion and kind in the manifest",
      });
    }
    const place = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    return `${root}${place}/${resource.plural}`;
  }

  async #resourcesOf(
    apiVersion: string,
    root: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Resource>> {
    const known = this.#known.get(apiVersion);
    if (known !== undefined) return known;
    let answer: Json | undefined;
    try {
      answer = await this.#fetch(root, signal);
    } catch (error) {
      if (!isReason(error, "NotFound") && !(isReason(error, "") && error.status === 404)) throw error;
      return new Map();
    }
    const found = new Map<string, Resource>();
    for (const entry of listAt(answer, "resources")) {
      const plural = textAt(entry, "name") ?? "";
      // With a slash it is a part of another: pods/log.
      if (!/^[a-z\d.-]+$/.test(plural)) continue;
      found.set(textAt(entry, "kind") ?? "", { plural, namespaced: entry["namespaced"] === true });
    }
    this.#known.set(apiVersion, found);
    return found;
  }
}
