import { MediaType, referrersIndex } from "@seaworthy/oci";
import type { Asked, Rule, Trouble } from "./faulty-registry.ts";

/** How registries without a referrers API answer for it: by saying so, or by knowing of nothing. */
export type NoReferrers = "answers 404" | "answers with an empty list" | "says it lists and lists nothing";

/** A registry that keeps no lists of referrers, as GHCR was and is. */
export function withoutReferrers(kind: NoReferrers): Rule {
  return ({ path, method }) => {
    if (path.includes("/referrers/")) {
      if (kind === "answers 404") return { answer: 404, body: "404 page not found" };
      return { answer: 200, headers: { "content-type": MediaType.index }, body: referrersIndex([]) };
    }
    const claims = kind === "says it lists and lists nothing";
    return method === "PUT" && !claims ? { without: ["oci-subject"] } : undefined;
  };
}

/** As a registry words its errors. */
export function says(
  status: number,
  code: string,
  message = "",
  headers: Record<string, string> = {},
): Trouble {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return { answer: status, headers: { "content-type": "application/json", ...headers }, body };
}

/** The same trouble for the first requests that fit, and none afterwards. */
export function first(times: number, fits: (asked: Asked) => boolean, trouble: Trouble): Rule {
  let left = times;
  return (asked) => (fits(asked) && left-- > 0 ? trouble : undefined);
}

/** What was put is unknown the first times that somebody asks for it. */
export function lagging(times: number): Rule {
  const asked = new Map<string, number>();
  return ({ method, path }) => {
    const place = path.replace(/\/blobs\/uploads\/.*$/, "");
    if (method === "PUT" && path.includes("/manifests/")) asked.set(place, 0);
    const seen = asked.get(place);
    if (seen === undefined || (method !== "GET" && method !== "HEAD") || seen >= times) return undefined;
    asked.set(place, seen + 1);
    return says(404, "MANIFEST_UNKNOWN");
  };
}

/**
 * A registry that wants tokens, each of which is good for so many requests. Nobody is refused but by `allows`.
 * @param host of the registry in front of which this stands
 */
export function wantsTokens(
  host: () => string,
  { uses, allows = () => true }: { readonly uses: number; readonly allows?: (asked: Asked) => boolean },
): Rule & { readonly issued: () => number } {
  let issued = 0;
  let left = 0;
  const rule = (asked: Asked): Trouble | undefined => {
    if (asked.path === "/token") {
      if (!allows(asked)) return says(403, "DENIED", "requested access to the resource is denied");
      issued += 1;
      left = uses;
      return { answer: 200, body: JSON.stringify({ token: `token-${issued}`, expires_in: 300 }) };
    }
    if (asked.headers.authorization === `Bearer token-${issued}` && left-- > 0) return undefined;
    const challenge = `Bearer realm="http://${host()}/token",service="registry"`;
    return says(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": challenge });
  };
  return Object.assign(rule, { issued: () => issued });
}

/** How registries refuse to move a tag. */
export const IMMUTABLE = {
  ECR: (tag) =>
    says(
      400,
      "TAG_INVALID",
      `The image tag '${tag}' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.`,
    ),
  "Artifact Registry": (tag) =>
    says(400, "MANIFEST_INVALID", `cannot update tag ${tag}. The repository has enabled tag immutability`),
  Harbor: (tag) =>
    says(412, "PRECONDITION", `Failed to process request due to 'app:${tag}' configured as immutable.`),
  Quay: () => says(409, "TAG_IMMUTABLE", "tag is immutable"),
} as const satisfies Record<string, (tag: string) => Trouble>;

/** Takes each tag once. */
export function immutableTags(kind: keyof typeof IMMUTABLE): Rule {
  const taken = new Set<string>();
  return ({ method, path }) => {
    const tag = /\/manifests\/([^/:]+)$/.exec(path)?.[1];
    if (method !== "PUT" || tag === undefined) return undefined;
    if (taken.has(tag)) return IMMUTABLE[kind](tag);
    taken.add(tag);
    return undefined;
  };
}
